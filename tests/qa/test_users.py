"""Who may sign in, on the disk and on the command line."""

from __future__ import annotations

import io
import os
import stat
from pathlib import Path

import pytest

from index.problem import Problem
from qa.cli import main
from qa.users import LONGEST_NAME, Users, add, fits, hashed, opened, remove

PASSWORD = "a pass:phrase, längst"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "users"


def test_a_user_is_a_line_with_a_name_and_a_hash_that_only_the_owner_of_the_file_reads(file: Path) -> None:
    assert add(file, "anna", PASSWORD) is True
    assert file.read_text("utf-8").startswith("anna:scrypt$14$8$5$") and PASSWORD not in file.read_text("utf-8")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [p.name for p in file.parent.iterdir()] == ["users"]
    kept = Users(file).hashes()["anna"]
    assert fits(PASSWORD, kept) and not fits(PASSWORD + " ", kept) and not fits("", kept)
    assert not fits(PASSWORD, None), "nobody's password is right"
    assert hashed(PASSWORD) != kept, "two who chose the same password cannot be told"


def test_an_accent_may_be_typed_in_either_way(file: Path) -> None:
    add(file, "rene\u0301", "le cafe\u0301 noir")
    assert fits("le caf\u00e9 noir", Users(file).hashes()["ren\u00e9"])


def test_a_new_password_takes_the_place_of_the_old_one_and_the_others_stay(file: Path) -> None:
    add(file, "anna", PASSWORD)
    add(file, "bo", PASSWORD)
    before = Users(file).hashes()
    assert add(file, "anna", "another one") is False
    after = Users(file).hashes()
    assert list(after) == ["anna", "bo"] and after["bo"] == before["bo"] and fits("another one", after["anna"])
    remove(file, "anna")
    assert list(Users(file).hashes()) == ["bo"]
    with pytest.raises(Problem, match="no user 'anna'"):
        remove(file, "anna")


def test_a_file_that_changed_is_read_anew(file: Path) -> None:
    add(file, "anna", PASSWORD)
    users = Users(file)
    assert list(users.hashes()) == ["anna"]
    add(file, "bo", PASSWORD)
    assert list(users.hashes()) == ["anna", "bo"]
    file.unlink()
    with pytest.raises(Problem, match="cannot be read"):
        users.hashes()
    add(file, "cy", PASSWORD)
    assert list(users.hashes()) == ["cy"]


@pytest.mark.parametrize("name", ["", " ", "a:b", "a b", "a\nb", "a\x00", "a\u202eb", "x" * (LONGEST_NAME + 1), " anna"])
def test_a_name_that_a_request_cannot_carry_or_a_screen_not_show_is_refused(file: Path, name: str) -> None:
    with pytest.raises(Problem, match="cannot be a name"):
        add(file, name, PASSWORD)
    assert not file.exists()


def test_a_password_is_neither_short_nor_endless(file: Path) -> None:
    for password in ("", "1234567", "x" * 1_001):
        with pytest.raises(Problem, match="8 to 1,000 characters"):
            add(file, "anna", password)


@pytest.mark.parametrize(
    "line",
    ["anna", "anna:", "anna:secret", "anna:scrypt$14$8$5$00", "anna:scrypt$14$8$5$zz$" + "0" * 64, "anna:scrypt$40$8$5$00$" + "0" * 64,
     "anna:scrypt$0$8$5$00$" + "0" * 64, "an na:" + "scrypt$14$8$5$00$" + "0" * 64, "anna:$2b$12$abcdefgh", "anna:scrypt$14$8$5$00$00"],
)  # fmt: skip
def test_a_line_that_is_none_of_ours_is_named_and_nobody_is_let_in(file: Path, line: str) -> None:
    add(file, "bo", PASSWORD)
    file.write_text(file.read_text("utf-8") + f"\n{line}\n", "utf-8")
    with pytest.raises(Problem, match="Line 3 of"):
        opened(file)


def test_a_start_without_anybody_says_how_to_add_one(file: Path, tmp_path: Path) -> None:
    for content, said in ((None, "cannot be read"), (b"", "nobody in"), (b"\n \n", "nobody in"), (b"\xff\xfe", "cannot be read")):
        file.parent.mkdir(exist_ok=True)
        if content is not None:
            file.write_bytes(content)
        with pytest.raises(Problem, match=said) as told:
            opened(file)
        assert "article-qa user add" in str(told.value)
    with pytest.raises(Problem, match="cannot be read"):
        opened(tmp_path)


def test_two_who_write_at_once_do_not_lose_ones_change(file: Path) -> None:
    add(file, "anna", PASSWORD)
    (file.parent / "users.part").touch()
    with pytest.raises(Problem, match="somebody else is changing"):
        add(file, "bo", PASSWORD)
    assert list(Users(file).hashes()) == ["anna"]


def test_a_link_goes_on_leading_to_the_file(file: Path, tmp_path: Path) -> None:
    add(file, "anna", PASSWORD)
    link = tmp_path / "link"
    link.symlink_to(file)
    add(link, "bo", PASSWORD)
    assert link.is_symlink() and list(Users(file).hashes()) == ["anna", "bo"]


def test_the_commands_add_list_and_remove(file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["user", "list"]) == 1 and "ARTICLE_QA_USERS" in capsys.readouterr().err
    monkeypatch.setenv("ARTICLE_QA_USERS", str(file))
    assert main(["user", "list"]) == 0 and "0 users. Add one" in capsys.readouterr().out
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\nmore\n"))
    assert main(["user", "add", "anna"]) == 0 and capsys.readouterr().out == "Added anna.\n"
    assert fits(PASSWORD, Users(file).hashes()["anna"])
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert main(["user", "add", "anna"]) == 1 and "8 to 1,000" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin", io.StringIO("another one"))
    assert main(["user", "add", "anna"]) == 0 and "new password" in capsys.readouterr().out
    assert main(["user", "add", "a:b"]) == 1 and "cannot be a name" in capsys.readouterr().err
    assert main(["user", "list", "--json"]) == 0 and '"name": "anna"' in capsys.readouterr().out
    assert main(["user", "remove", "anna"]) == 0 and "Removed anna" in capsys.readouterr().out
    assert main(["user", "remove", "anna"]) == 1
    assert Users(file).hashes() == {}


def test_a_password_is_asked_for_twice_at_a_terminal(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("ARTICLE_QA_USERS", str(file))
    monkeypatch.setattr("sys.stdin", Terminal())
    typed = iter([PASSWORD, PASSWORD + "x", PASSWORD, PASSWORD])
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(typed))
    assert main(["user", "add", "anna"]) == 1 and "not the same" in capsys.readouterr().err
    assert not file.exists()
    assert main(["user", "add", "anna"]) == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_cannot_be_written_to_is_a_problem(file: Path) -> None:
    file.parent.mkdir(mode=0o500)
    with pytest.raises(Problem, match="cannot be written"):
        add(file, "anna", PASSWORD)
