"""Where uploads lie while they are read: in a folder of our own, whatever else is in the home."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

from qa.page.serve import LEFT_BEHIND, private_uploads


def aged(folder: Path, seconds: float) -> Path:
    folder.mkdir()
    (folder / "file.txt").write_text("words")
    os.utime(folder, (time.time() - seconds,) * 2)
    return folder


def test_a_folder_of_the_persons_own_called_uploads_is_left_alone(tmp_path: Path) -> None:
    own = [aged(tmp_path / name, 9 * LEFT_BEHIND) for name in ("uploads", ".uploads", ".uploads-of-mine", ".uploads-Holiday7")]
    with private_uploads(tmp_path):
        pass
    assert all((folder / "file.txt").exists() for folder in own)


def test_uploads_are_private_and_gone_at_the_end(tmp_path: Path) -> None:
    with private_uploads(tmp_path / "new") as uploads:
        assert uploads.parent == tmp_path / "new"
        assert stat.S_IMODE(uploads.stat().st_mode) == 0o700
        (uploads / "half.txt").write_text("words")
    assert list((tmp_path / "new").iterdir()) == []


def test_a_second_instance_leaves_the_uploads_of_the_first(tmp_path: Path) -> None:
    with private_uploads(tmp_path) as first:
        (first / "half.txt").write_text("words")
        with private_uploads(tmp_path) as second:
            assert second != first
        assert (first / "half.txt").exists()


def test_what_a_killed_process_left_is_swept_after_a_day_and_not_before(tmp_path: Path) -> None:
    old, young = aged(tmp_path / ".uploads-abcd_123", LEFT_BEHIND + 60), aged(tmp_path / ".uploads-abcd_456", LEFT_BEHIND - 60)
    with private_uploads(tmp_path):
        assert not old.exists()
        assert young.exists()


def test_a_link_that_looks_like_ours_is_not_followed(tmp_path: Path) -> None:
    target = aged(tmp_path / "papers", 9 * LEFT_BEHIND)
    link = tmp_path / ".uploads-abcd_789"
    link.symlink_to(target)
    os.utime(link, (1, 1), follow_symlinks=False)
    with private_uploads(tmp_path):
        assert (target / "file.txt").exists()


def test_gradio_is_imported_only_once_it_is_told_where_uploads_go() -> None:
    said = subprocess.run(
        [sys.executable, "-c", "import sys, qa.page.serve; print('gradio' in sys.modules)"], capture_output=True, text=True
    )
    assert said.stdout.strip() == "False", said.stderr
