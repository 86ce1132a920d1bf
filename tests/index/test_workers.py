"""Questions before indexing, and no indexing while an answer is being written."""

from __future__ import annotations

import threading
import time

import pytest

from index.workers import Workers


def later(*calls: object) -> list[threading.Thread]:
    threads = [threading.Thread(target=call, daemon=True) for call in calls]  # type: ignore[arg-type]
    for thread in threads:
        thread.start()
    return threads


def test_results_come_in_the_order_of_the_items() -> None:
    def slow_at_first(n: int) -> int:
        time.sleep(0.02 / (n + 1))
        return n * n

    assert Workers(3).map(slow_at_first, range(8)) == [n * n for n in range(8)]
    assert Workers(3).map(slow_at_first, []) == []


def test_what_an_item_raises_is_raised_and_the_pool_goes_on() -> None:
    pool = Workers(2)
    with pytest.raises(ZeroDivisionError):
        pool.map(lambda n: 1 // n, [1, 0, 2])
    assert pool.map(lambda n: n + 1, [1]) == [2]


def test_a_question_goes_before_everything_in_the_background() -> None:
    pool, order, begun = Workers(1), [], threading.Event()

    def index(n: int) -> None:
        begun.set()
        time.sleep(0.01)
        order.append(f"text {n}")

    (adding,) = later(lambda: pool.map(index, range(20), background=True))
    assert begun.wait(5)
    pool.map(order.append, ["question"])
    assert order.index("question") <= 2, "one text was being read, and perhaps the next begun"
    adding.join(5)
    assert order[-1] == "text 19"


def test_nothing_is_begun_in_the_background_while_an_answer_is_written() -> None:
    pool = Workers(2)
    done: list[int] = []
    with pool.answering():
        (adding,) = later(lambda: pool.map(done.append, range(5), background=True))
        assert pool.map(lambda n: n, ["a question meanwhile"]) == ["a question meanwhile"]
        assert not pool.wait(0.05)
        assert done == []
    adding.join(5)
    assert sorted(done) == list(range(5))
    assert pool.wait(0)


def test_two_answers_at_once_both_have_to_be_over() -> None:
    pool = Workers(1)
    with pool.answering():
        with pool.answering():
            pass
        assert not pool.wait(0)
    assert pool.wait(0)


def test_an_answer_that_fails_lets_the_background_go_on() -> None:
    pool = Workers(1)
    with pytest.raises(RuntimeError), pool.answering():
        raise RuntimeError
    assert pool.wait(0)
