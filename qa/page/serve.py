"""Serves the page and the endpoints on one port until it is told to stop."""

from __future__ import annotations

import errno
import ipaddress
import logging
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn
from fastapi import APIRouter, FastAPI

from index.problem import Problem
from qa.http import make_app
from qa.talks import Talks

if TYPE_CHECKING:
    from qa.assistant import Assistant

log = logging.getLogger(__name__)

Pages = Sequence[tuple[str, APIRouter]]
UPLOAD = "20mb"
PREFIX = ".uploads-"
UNGUARDED = (
    "Whoever reaches this address can read and change everything. To have people sign in: set ARTICLE_QA_USERS to a file, "
    "and run article-qa user add NAME (docs/security.md)."
)
LEFT_BEHIND = 24 * 3600  # seconds without an upload: younger, it may be of an instance that runs


@contextmanager
def private_uploads(home: Path) -> Iterator[Path]:
    """A folder of this process alone, for uploads while they are read; gone at the end.

    `home` may hold a person's own files and be shared by several instances, so nothing is removed there but
    folders that `mkdtemp` made for us, and of those only what a killed process left a day ago or longer.
    """
    home.mkdir(parents=True, exist_ok=True)
    for old in home.glob(f"{PREFIX}{'[a-z0-9_]' * 8}"):
        with suppress(OSError):  # another instance sweeps as well
            if time.time() - old.lstat().st_mtime > LEFT_BEHIND and old.is_dir() and not old.is_symlink():
                shutil.rmtree(old)
    uploads = Path(tempfile.mkdtemp(prefix=PREFIX, dir=home))
    try:
        yield uploads
    finally:
        shutil.rmtree(uploads, ignore_errors=True)


def make_page(assistant: Assistant, host: str, port: int, uploads: Path, pages: Pages = ()) -> FastAPI:
    """The whole web app: our endpoints first, gradio's page behind them, what it is sent kept in `uploads`.

    `pages` are whole pages of others (name and router), linked to by name at the router's prefix.
    """
    _prepare_gradio(uploads)
    # Only now: gradio reads its environment when it is imported, and takes two seconds.
    import gradio as gr

    from qa.page import deeds, kept, layout, mcp
    from qa.page.signin import signed_in

    if assistant.settings.mcp:
        mcp.need_mcp()
    app = make_app(assistant, host)
    talks = Talks(assistant.settings.home / "talks.sqlite")
    app.include_router(kept.make_router(talks))
    app.include_router(deeds.make_router(assistant.articles))
    for _, router in pages:  # before gradio, which takes every path that is left
        app.include_router(router)
    private = [str(assistant.settings.home / name) for name in ("library.sqlite", "removed.sqlite", "talks.sqlite", "vectors")]
    users = assistant.settings.users_file
    if users:
        private.append(str(users))
    links = [(name, router.prefix.removeprefix("/")) for name, router in pages]
    page = layout.build(assistant, talks, links)
    mounted: FastAPI = gr.mount_gradio_app(
        app, page, "/", server_name=host, server_port=port, theme=layout.theme(), head=layout.head(),
        footer_links=[], run_history=False, enable_monitoring=False, mcp_server=assistant.settings.mcp, pwa=False, ssr_mode=False,
        allowed_paths=[], blocked_paths=private, show_error=False, max_file_size=UPLOAD, auth_dependency=signed_in if users else None,
    )  # fmt: skip
    if assistant.settings.mcp:
        mcp.speak_json(page)
    return mounted


def _prepare_gradio(uploads: Path) -> None:
    os.environ["GRADIO_TEMP_DIR"] = str(uploads)
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    # gradio would keep 10,000 events and sum them up with pandas after each one, for a dashboard that we do not serve.
    os.environ["GRADIO_ANALYTICS_MAX_EVENTS"] = "1"
    os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = "1000000000"


class _Server(uvicorn.Server):
    """Says so when it accepts connections."""

    def __init__(self, config: uvicorn.Config, ready: str) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            print(self._ready, flush=True)


def serve(assistant: Assistant, host: str, port: int, pages: Pages = ()) -> None:
    """Serves until SIGINT or SIGTERM, then closes the assistant. Raises Problem when the port is taken."""
    try:
        listening = _listen(host, port)
        with listening, private_uploads(assistant.settings.home) as uploads:
            app = make_page(assistant, host, port, uploads, pages)
            threading.Thread(target=_warm, args=(assistant,), name="warm", daemon=True).start()
            shown = "127.0.0.1" if host in ("", "0.0.0.0") else f"[{host}]" if ":" in host else host
            config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=1, server_header=False)
            server = _Server(config, f"article-qa is ready at http://{shown}:{port}")
            if not assistant.settings.users_file and not loopback(host):
                print(UNGUARDED, file=sys.stderr, flush=True)
            # uvicorn raises the signal again once it has stopped; without this, SIGTERM would end us before we close.
            previous = signal.signal(signal.SIGTERM, lambda *_: None)
            try:
                server.run(sockets=[listening])
            except KeyboardInterrupt:
                pass
            finally:
                signal.signal(signal.SIGTERM, previous)
    finally:
        assistant.close()


def loopback(host: str) -> bool:
    """Whether only this machine reaches a server that listens there; of a name that is not known to, no."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise Problem(f"Port {port} is in use; choose another with --port or stop what runs there.") from None
        raise Problem(f"Cannot listen on {host}:{port}: {error.strerror or error}. Check --host and --port.") from None
    return listening


def _warm(assistant: Assistant) -> None:
    try:
        assistant.warm()
    except Problem as problem:
        log.error("%s", problem)
    except Exception:  # the page shows the assistant's state; the traceback belongs in the log
        log.exception("The models could not be loaded")
