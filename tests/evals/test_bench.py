"""What the benchmarks make of their measurements, and the bare server's first word over real HTTP."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from evals.bench import Measured, Row, as_text, middle, p95
from evals.bench.answer import Server, first_word
from index.problem import Problem


def test_the_ratio_is_ours_over_the_yardstick() -> None:
    assert Row("x", 3.0, 5, yardstick=2.0).ratio == 1.5
    assert Row("x", 3.0, 5).ratio is None


def test_the_middle_is_the_median_of_both() -> None:
    row = middle("x", [3.0, 1.0, 9.0], [1.0, 2.0], "bare")
    assert (row.ours, row.yardstick, row.n) == (3.0, 1.5, 3)


@pytest.mark.parametrize(("count", "value"), [(1, 1), (20, 19), (21, 20), (100, 95)])
def test_p95_is_the_nearest_rank(count: int, value: int) -> None:
    assert p95([float(n) for n in range(1, count + 1)]) == value


def test_ours_and_the_yardstick_stand_side_by_side() -> None:
    measured = Measured("x", (Row("first word", 0.8, 20, yardstick=0.4, against="bare"), Row("alone", 0.1, 20)), ("A note.",))
    first, alone = as_text(measured).splitlines()[1:3]
    assert first.split() == ["first", "word,", "s", "0.800", "0.400", "2.00", "20", "bare"]
    assert alone.split() == ["alone,", "s", "0.100", "20"]
    assert measured.as_json()["rows"][0]["ratio"] == 2.0


class Slow(BaseHTTPRequestHandler):
    """Sends a role at once, a word after a tenth of a second, and what it counted."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers["Authorization"] != "Bearer right":
            self.send_error(401)
            return
        self.send_response(200)
        self.end_headers()
        self._send({"choices": [{"delta": {"role": "assistant", "content": None}}]})
        time.sleep(0.1)
        self._send({"choices": [{"delta": {"content": "Yes"}}]})
        self._send({"choices": [], "usage": {"prompt_tokens": 30, "prompt_tokens_details": {"cached_tokens": 20}}})
        self.wfile.write(b"data: [DONE]\n\n")

    def _send(self, part: object) -> None:
        self.wfile.write(f"data: {json.dumps(part)}\n\n".encode())
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def base_url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_the_first_word_is_timed_not_the_first_byte(base_url: str) -> None:
    seconds, prompt_tokens, cached = first_word(Server(base_url, "right", "m"), [{"role": "user", "content": "?"}], 5)
    assert 0.1 <= seconds < 2
    assert (prompt_tokens, cached) == (30, 20)


def test_a_server_that_refuses_is_a_problem(base_url: str) -> None:
    with pytest.raises(Problem, match="answered 401"):
        first_word(Server(base_url, "wrong", "m"), [], 5)
