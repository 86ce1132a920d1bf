"""The model client against a real HTTP server that misbehaves on purpose."""

import threading

import pytest

from qa.llm import Llm
from qa.model import ModelTrouble, Usage
from tests.qa.conftest import Serve
from tests.qa.opened import client

MESSAGES = [("system", "Be short."), ("user", "When did it open?")]


def said(llm: Llm, usage: Usage | None = None) -> list[str]:
    return list(llm.stream(MESSAGES, usage or Usage()))


def test_the_words_come_as_they_are_written_and_the_tokens_are_counted(serve: Serve) -> None:
    server, settings = serve(["It ", "opened ", "in 1932."], max_tokens=99)
    usage = Usage()
    assert said(client(settings), usage) == ["It ", "opened ", "in 1932."]
    assert (usage.prompt_tokens, usage.completion_tokens, usage.finish) == (6, 3, "stop")
    sent = server.requests[0]
    assert (sent["model"], sent["max_tokens"], sent["temperature"], sent["stream"]) == ("scripted", 99, 0.0, True)
    assert sent["messages"] == [{"role": "system", "content": "Be short."}, {"role": "user", "content": "When did it open?"}]
    assert server.keys == ["a-key-to-hide"]


def test_a_script_may_answer_from_the_messages(serve: Serve) -> None:
    _, settings = serve(lambda messages: [messages[-1]["content"].upper()])
    assert client(settings).complete(MESSAGES, 5) == "WHEN DID IT OPEN?"


def test_a_call_may_ask_for_fewer_tokens_than_the_setting(serve: Serve) -> None:
    server, settings = serve(["Yes."], max_tokens=160)
    client(settings).complete(MESSAGES, 7)
    assert server.requests[0]["max_tokens"] == 7


def test_nothing_is_sent_before_the_first_word_is_asked_for(serve: Serve) -> None:
    server, settings = serve()
    client(settings).stream(MESSAGES, Usage())
    assert server.requests == []


@pytest.mark.parametrize(
    ("fault", "what", "step"),
    [
        ("refuse", "cannot be reached", "check the server at http://127.0.0.1:"),
        ("401", "refused the key (401)", "Set ARTICLE_QA_LLM__API_KEY"),
        ("404", "does not know 'scripted' (404)", "Set ARTICLE_QA_LLM__MODEL"),
        ("429", "busy (429)", "Wait a little, then ask again"),
        ("500", "failed (500)", "then ask again"),
        ("hang first", "silent for too long", "then ask again"),
    ],
)
def test_a_fault_before_the_first_word_is_told_with_the_next_step_and_not_tried_again(
    serve: Serve, fault: str, what: str, step: str
) -> None:
    server, settings = serve(["It "], fault, first_token_timeout=0.2)
    with pytest.raises(ModelTrouble) as raised:
        said(client(settings))
    assert what in str(raised.value)
    assert step in str(raised.value)
    assert "a-key-to-hide" not in str(raised.value)
    assert len(server.requests) == (0 if fault == "refuse" else 1)


@pytest.mark.parametrize("fault", ["hang midway", "break off", "half json", "invalid utf-8"])
def test_a_fault_after_the_first_word_keeps_it_and_is_never_tried_again(serve: Serve, fault: str) -> None:
    server, settings = serve(["It ", "opened."], fault, idle_timeout=0.2)
    heard: list[str] = []
    stream = client(settings).stream(MESSAGES, Usage())
    with pytest.raises(ModelTrouble, match="ask again"):  # noqa: PT012
        for words in stream:
            heard.append(words)  # noqa: PERF402
    assert heard[:1] == ["It "]
    assert len(server.requests) == 1


@pytest.mark.parametrize("fault", ["split utf-8", "empty choices"])
def test_what_is_odd_but_harmless_changes_nothing(serve: Serve, fault: str) -> None:
    _, settings = serve(["Über ", "Nacht 👩‍👧 ", "שלום"], fault)
    assert "".join(said(client(settings))) == "Über Nacht 👩‍👧 שלום"


def test_an_answer_that_was_cut_at_its_longest_says_so(serve: Serve) -> None:
    _, settings = serve(["It opened in"], "length")
    usage = Usage()
    assert said(client(settings), usage) == ["It opened in"]
    assert usage.finish == "length"


def test_a_stream_that_never_ends_is_stopped_after_the_whole_time(serve: Serve) -> None:
    server, settings = serve(["on and on "] * 5000, "slow", pause=0.005, total_timeout=0.3)
    with pytest.raises(ModelTrouble, match=r"longer than 0\.3 s"):
        for _ in client(settings).stream(MESSAGES, Usage()):
            pass
    assert server.gone.wait(2.0)


@pytest.mark.parametrize("fault", ["hang midway", "slow"])
def test_closing_the_stream_hangs_up_at_once(serve: Serve, fault: str) -> None:
    server, settings = serve(["It ", "opened "] * 500, fault)
    stream = client(settings).stream(MESSAGES, Usage())
    next(stream)
    stream.close()
    assert server.gone.wait(2.0)


def test_giving_up_before_the_first_word_hangs_up_as_well(serve: Serve) -> None:
    server, settings = serve(["It "], "hang first", first_token_timeout=0.2)
    with pytest.raises(ModelTrouble):
        said(client(settings))
    assert server.gone.wait(2.0)


def test_after_a_fault_the_next_question_is_answered(serve: Serve) -> None:
    server, settings = serve(["Yes."], "500")
    llm = client(settings)
    with pytest.raises(ModelTrouble):
        said(llm)
    server.fault = ""
    assert said(llm) == ["Yes."]


def test_several_threads_may_ask_at_once(serve: Serve) -> None:
    _, settings = serve(lambda messages: [messages[-1]["content"]])
    llm = client(settings)
    got: dict[int, str] = {}
    threads = [threading.Thread(target=lambda n=n: got.update({n: llm.complete([("user", f"word {n}")], 5)})) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert got == {n: f"word {n}" for n in range(8)}


def test_a_server_that_does_not_keep_to_max_tokens_is_stopped(serve: Serve) -> None:
    server, settings = serve(["word " * 1000] * 200, max_tokens=160)
    heard: list[str] = []
    with pytest.raises(ModelTrouble, match="past its longest answer"):  # noqa: PT012
        for words in client(settings).stream(MESSAGES, Usage()):
            heard.append(words)  # noqa: PERF402
    assert len("".join(heard)) == 160 * 64
    assert len(server.requests) == 1


def test_a_megabyte_in_one_piece_is_cut(serve: Serve) -> None:
    _, settings = serve(["word " * 200_000])
    stream = client(settings).stream(MESSAGES, Usage())
    assert len(next(stream)) < 20_000
    stream.close()


@pytest.mark.parametrize("leaning", [3.5, -2.0, None])
def test_the_leaning_to_yes_is_the_difference_of_the_log_probabilities(serve: Serve, leaning: float | None) -> None:
    server, settings = serve(["Yes"])
    server.leaning = leaning
    assert client(settings).leaning(MESSAGES) == leaning
    sent = server.requests[0]
    assert (sent["max_tokens"], sent["logprobs"]) == (1, True)
    assert "stream_options" not in sent  # servers refuse it where nothing is streamed


@pytest.mark.parametrize("fault", ["401", "404", "500"])
def test_a_server_that_will_not_tell_has_no_leaning(serve: Serve, fault: str) -> None:
    _, settings = serve(["Yes"], fault)
    assert client(settings).leaning(MESSAGES) is None


@pytest.mark.parametrize("fault", ["refuse", "hang first"])
def test_a_server_that_cannot_be_reached_is_not_asked_twice(serve: Serve, fault: str) -> None:
    _, settings = serve(["Yes"], fault, first_token_timeout=0.2)
    with pytest.raises(ModelTrouble):
        client(settings).leaning(MESSAGES)


def test_a_closed_client_hangs_up_and_can_be_used_again(serve: Serve) -> None:
    server, settings = serve(["It ", "opened."] * 200, "slow")
    llm = client(settings)
    stream = llm.stream(MESSAGES, Usage())
    next(stream)
    llm.close()
    assert server.gone.wait(2.0)
    with pytest.raises(ModelTrouble, match="it was closed"):
        list(stream)
    server.fault = ""
    assert said(llm)[0] == "It "
    llm.close()
    llm.close()


def test_an_unknown_embedded_model_is_told_with_those_there_are(tmp_path) -> None:
    from index.problem import Problem
    from qa.settings import load_settings

    with pytest.raises(Problem, match=r"no embedded model called 'gpt-9'.*qwen2.5-1.5b"):
        Llm(load_settings(llm={"model": "gpt-9"}, models=tmp_path)).start()


def test_an_embedding_model_cannot_write_answers(tmp_path) -> None:
    from index.problem import Problem
    from qa.settings import load_settings

    with pytest.raises(Problem, match="no embedded model called 'bge-small'"):
        Llm(load_settings(llm={"model": "bge-small"}, models=tmp_path)).start()
