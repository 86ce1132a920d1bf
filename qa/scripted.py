"""A model server that says what it is told to, over real HTTP on loopback, with the faults that real ones have.

with ScriptedServer(["The bridge ", "opened in 1932."]) as server:
    settings = load_settings(llm={"provider": "openai", "base_url": server.base_url})
"""

from __future__ import annotations

import json
import select
import socket
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal

Script = Sequence[str] | Callable[[list[dict[str, str]]], Iterable[str]]
Fault = Literal[
    "",
    "refuse",  # nobody listens
    "401",
    "404",
    "429",
    "500",
    "hang first",  # silent before the first word
    "hang midway",  # silent after it
    "break off",  # the connection is closed half-way, no finish_reason
    "half json",  # an event that is no JSON, then the end
    "split utf-8",  # every byte in a packet of its own; harmless
    "invalid utf-8",  # bytes that are no text
    "empty choices",  # events without a choice among the others; harmless
    "length",  # cut off at max_tokens
    "slow",  # `pause` seconds before each piece
]


@dataclass
class ScriptedServer:
    """`script` is the pieces of every reply, or makes them from the messages. `fault` may be changed between requests.

    `leaning` is how much likelier "Yes" is than "No" when log-probabilities are asked for; without it none are told.
    `requests` are the bodies received; `gone` is set once a client has hung up before its reply was over.
    """

    script: Script = ("Nothing.",)
    fault: Fault = ""
    pause: float = 0.02
    leaning: float | None = None
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    gone: threading.Event = field(default_factory=threading.Event)
    _server: ThreadingHTTPServer | None = None
    _port: int = 0
    _closing: threading.Event = field(default_factory=threading.Event)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}/v1"

    def __enter__(self) -> ScriptedServer:
        served = self

        class Handler(_Handler):
            scripted = served

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._port = self._server.server_address[1]
        if self.fault == "refuse":
            self._server.server_close()
        else:
            threading.Thread(target=self._server.serve_forever, args=(0.02,), name="scripted", daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._closing.set()
        if self._server and self.fault != "refuse":
            self._server.shutdown()
            self._server.server_close()

    def pieces(self, messages: list[dict[str, str]]) -> list[str]:
        return list(self.script(messages) if callable(self.script) else self.script)

    def wait(self, client: socket.socket, seconds: float) -> None:
        """Pass the time, but notice a client that hangs up. Raises ConnectionError then, and when the server ends."""
        end = time.monotonic() + seconds
        while True:
            readable, _, _ = select.select([client], [], [], min(0.02, max(0.0, end - time.monotonic())))
            if self._closing.is_set() or (readable and not client.recv(1, socket.MSG_PEEK)):
                raise ConnectionResetError
            if time.monotonic() >= end:
                return


class _Handler(BaseHTTPRequestHandler):
    scripted: ScriptedServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        server = self.scripted
        server.requests.append(body)
        server.keys.append(self.headers.get("Authorization", "").removeprefix("Bearer "))
        if self.path != "/v1/chat/completions" or server.fault in ("401", "404", "429", "500"):
            self._error(int(server.fault or 404))
            return
        try:
            if body.get("stream"):
                self._stream(body, server)
            else:
                self._whole(body, server)
        except OSError:  # the client hung up, or the server is closing
            server.gone.set()

    def _stream(self, body: dict[str, Any], server: ScriptedServer) -> None:
        pieces = server.pieces(body["messages"])
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        if server.fault == "hang first":
            server.wait(self.connection, 3600)
        for number, piece in enumerate(pieces):
            if server.fault == "empty choices":
                self._event({"choices": []})
            self._event(_choice(piece, None))
            server.wait(self.connection, server.pause if server.fault == "slow" else 0)
            if number == max(0, len(pieces) // 2 - 1) and self._broken(server):
                return
        self._event(_choice("", "length" if server.fault == "length" else "stop"))
        words = sum(len(m["content"].split()) for m in body["messages"])
        self._event(
            {"choices": [], "usage": {"prompt_tokens": words, "completion_tokens": len(pieces), "total_tokens": words + len(pieces)}}
        )
        self._send(b"data: [DONE]\n\n")

    def _whole(self, body: dict[str, Any], server: ScriptedServer) -> None:
        if server.fault == "hang first":
            server.wait(self.connection, 3600)
        told = {"index": 0, "message": {"role": "assistant", "content": "".join(server.pieces(body["messages"]))}, "finish_reason": "stop"}
        if body.get("logprobs") and server.leaning is not None:
            top = [{"token": t, "logprob": p, "bytes": None} for t, p in ((" Yes", -9.0 + server.leaning), ("No", -9.0), ("It", -12.0))]
            told["logprobs"] = {"content": [{"token": "Yes", "logprob": -1.0, "bytes": None, "top_logprobs": top}]}
        self._json(200, {"id": "scripted", "object": "chat.completion", "created": 0, "model": "scripted", "choices": [told]})

    def _broken(self, server: ScriptedServer) -> bool:
        """Do what the fault does half-way; whether the reply ends here."""
        if server.fault == "hang midway":
            server.wait(self.connection, 3600)
        elif server.fault == "half json":
            self._send(b'data: {"choices": [{"del\n\n')
        elif server.fault == "invalid utf-8":
            self._send(b'data: {"choices": [{"delta": {"content": "\xff\xfe\xc3"}}]}\n\n')
        return server.fault in ("break off", "half json", "invalid utf-8")

    def _event(self, told: dict[str, Any]) -> None:
        whole = {"id": "scripted", "object": "chat.completion.chunk", "created": 0, "model": "scripted", **told}
        self._send(b"data: " + json.dumps(whole, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n\n")

    def _send(self, data: bytes) -> None:
        for part in (data[i : i + 1] for i in range(len(data))) if self.scripted.fault == "split utf-8" else (data,):
            self.wfile.write(part)
            self.wfile.flush()

    def _error(self, status: int) -> None:
        self._json(status, {"error": {"message": f"scripted {status}", "type": "scripted"}})

    def _json(self, status: int, told: dict[str, Any]) -> None:
        data = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        if status == 429:
            self.send_header("Retry-After", "0")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


def _choice(text: str, finish: str | None) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"role": "assistant", "content": text} if text else {}, "finish_reason": finish}]}
