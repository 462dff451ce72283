"""Ordinary SDK code inside a step: recorded once, served ever after, sync, async and streamed."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import httpx2
import pytest
from openai import APIConnectionError, APITimeoutError, BadRequestError, InternalServerError
from pydantic import BaseModel

from workbench.calls import context
from workbench.errors import FrozenMiss, IncompleteAnswer

from .conftest import ask, text_of


class Sender(BaseModel):
    name: str


def statuses(execution):
    return [call.status for call in execution.calls]


def test_a_call_is_made_once_and_served_after(client, provider, step):
    with step() as first:
        a = ask(client)
    with step() as second:
        b = ask(client)
    assert a == b
    assert len(provider.requests) == 1
    assert statuses(first) == ["completed"]
    assert statuses(second) == ["hit"]
    assert (second.calls[0].total_tokens, second.calls[0].saved_tokens) == (0, 12)


def test_outside_a_step_nothing_is_touched(client, provider, store):
    ask(client)
    ask(client)
    assert len(provider.requests) == 2
    assert list(store.checkpoints.keys("call")) == []


def test_the_answer_is_on_disk_before_anything_parses_it(
    client, provider, step, store, monkeypatch
):
    seen = []
    real = type(client)._process_response

    def parse(self, **options):
        seen.extend(store.checkpoints.keys("call"))
        return real(self, **options)

    monkeypatch.setattr(type(client), "_process_response", parse)
    with step():
        ask(client)
    assert len(seen) == 1


def test_the_raw_bytes_are_the_providers(client, provider, step, store):
    with step():
        answer = client.chat.completions.with_raw_response.create(
            model="gpt-4o-mini", messages=[{"role": "user", "content": "ä"}]
        )
    (key,) = store.checkpoints.keys("call")
    assert bytes(store.checkpoints.get(key).parts[0]) == answer.content


def test_another_prompt_is_another_call(client, provider, step):
    with step():
        ask(client, "a")
    with step():
        assert ask(client, "b").choices[0].message.content == "answer to b"
    assert len(provider.requests) == 2


def test_five_equal_requests_are_five_draws_that_replay(client, provider, step):
    provider.answer = lambda prompt, n: f"sample {n}"
    with step():
        first = [ask(client).choices[0].message.content for _ in range(5)]
    with step():
        again = [ask(client).choices[0].message.content for _ in range(5)]
    assert first == again == [f"sample {n}" for n in range(1, 6)]
    assert len(provider.requests) == 5


def test_a_named_draw_shares_one_answer(client, provider, step):
    with step():
        for _ in range(3):
            with context.draw(7):
                ask(client)
    assert len(provider.requests) == 1


def test_embeddings_are_always_one_draw(client, provider, step):
    with step():
        vectors = [
            client.embeddings.create(model="e", input=["x", "yy"], encoding_format="float")
            .data[1]
            .embedding
            for _ in range(3)
        ]
    assert vectors == [[2.0, 1.0, 1.0]] * 3
    assert len(provider.requests) == 1


def test_a_stream_is_served_as_a_stream(client, provider, step):
    with step():
        first = text_of(ask(client, stream=True))
    with step() as second:
        again = text_of(ask(client, stream=True))
    assert first == again == "answer to a "
    assert statuses(second) == ["hit"]
    assert len(provider.requests) == 1


def test_streamed_and_whole_are_two_calls(client, provider, step):
    with step():
        ask(client)
        text_of(ask(client, stream=True))
    assert len(provider.requests) == 2


def test_responses_and_parse_and_their_streams(client, provider, step):
    provider.answer = lambda prompt, n: '{"name": "Ada"}'

    def everything():
        parsed = client.chat.completions.parse(
            model="m", messages=[{"role": "user", "content": "who"}], response_format=Sender
        )
        response = client.responses.create(model="m", input="hi")
        events = list(client.responses.create(model="m", input="hi", stream=True))
        parsed_response = client.responses.parse(model="m", input="who", text_format=Sender)
        with client.chat.completions.stream(
            model="m", messages=[{"role": "user", "content": "who"}], response_format=Sender
        ) as stream:
            streamed = stream.get_final_completion().choices[0].message.parsed
        return (
            parsed.choices[0].message.parsed,
            response.output_text,
            events[-1].type,
            parsed_response.output_parsed,
            streamed,
        )

    with step():
        first = everything()
    made = len(provider.requests)
    provider.stop()
    with step() as second:
        assert everything() == first
    assert first == (
        Sender(name="Ada"),
        '{"name": "Ada"}',
        "response.completed",
        Sender(name="Ada"),
        Sender(name="Ada"),
    )
    assert made == 5
    assert statuses(second) == ["hit"] * 5


async def test_async_calls_streams_and_gather(async_client, provider, step):
    async def everything():
        answer = await ask(async_client)
        stream = await ask(async_client, "s", stream=True)
        words = [c.choices[0].delta.content or "" async for c in stream if c.choices]
        many = await asyncio.gather(*(ask(async_client, f"g{n}") for n in range(5)))
        same = await asyncio.gather(*(ask(async_client, "same") for _ in range(3)))
        return answer, words, many, same

    with step():
        first = await everything()
    made = len(provider.requests)
    with step() as second:
        assert await everything() == first
    assert made == len(provider.requests) == 10
    assert statuses(second) == ["hit"] * 10


async def test_what_a_sync_client_recorded_an_async_one_serves(
    client, async_client, provider, step
):
    with step():
        first = ask(client)
        text_of(ask(client, "s", stream=True))
    with step():
        assert await ask(async_client) == first
        stream = await ask(async_client, "s", stream=True)
        assert len([chunk async for chunk in stream]) == 4
    assert len(provider.requests) == 2


@pytest.mark.parametrize("lib", [httpx, httpx2])
@pytest.mark.parametrize("how", ["plain", "with", "mounted"])
def test_plain_http_clients_are_recorded_too(lib, how, provider, step):
    body = {"model": "m", "messages": [{"role": "user", "content": "x"}]}

    class Retrying(lib.BaseTransport):
        """A user's own transport around another: one call, not two."""

        def __init__(self):
            self.inner = lib.HTTPTransport()

        def handle_request(self, request):
            return self.inner.handle_request(request)

        def close(self):
            self.inner.close()

    def post():
        options = {"transport": Retrying()} if how == "mounted" else {}
        with lib.Client(**options) as http:
            return http.post(f"{provider.url}/chat/completions", json=body).json()

    with step() as first:
        a = post()
    with step():
        assert post() == a
    assert len(provider.requests) == 1
    assert len(first.calls) == 1


def test_threads_and_pools_belong_to_the_step_that_started_them(client, provider, step):
    with ThreadPoolExecutor(2) as pool:
        pool.submit(int).result()  # its thread is older than the step
        with step() as execution:
            list(pool.map(lambda n: ask(client, f"p{n}"), range(4)))
            thread = threading.Thread(target=ask, args=(client, "t"))
            thread.start()
            thread.join()
        ask(client, "outside")
        pool.submit(ask, client, "outside too").result()
    assert len(execution.calls) == 5


def test_a_reader_that_breaks_off_early_still_has_the_whole_answer_recorded(client, provider, step):
    provider.answer = lambda prompt, n: "one two three four five"
    provider.chunk_delay_s = 0.02

    def first_word():
        for chunk in ask(client, stream=True):
            return chunk.choices[0].delta.content

    with step():
        assert first_word() == "one "
    with step() as second:
        assert first_word() == "one "
    with step():
        assert text_of(ask(client, stream=True)) == "one two three four five "
    assert statuses(second) == ["hit"]
    assert len(provider.requests) == 1


def test_a_parser_that_raises_inside_the_stream_loop_costs_nothing_twice(client, provider, step):
    provider.chunk_delay_s = 0.02
    kept = []

    def parse():
        for chunk in ask(client, stream=True):
            raise ValueError("broken parser")

    with step():
        with pytest.raises(ValueError) as caught:
            parse()
        kept.append(caught)  # as IPython keeps the traceback, and with it the open stream
    with step() as second:
        assert text_of(ask(client, stream=True)) == "answer to a "
    assert statuses(second) == ["hit"]
    assert len(provider.requests) == 1


async def test_an_async_reader_that_breaks_off_early(async_client, provider, step):
    provider.answer = lambda prompt, n: "one two three"
    provider.chunk_delay_s = 0.02
    with step() as execution:
        stream = await ask(async_client, stream=True)
        async for _ in stream:
            break
        await stream.close()
        for each in execution.streams:
            await each.asettle(5)
    with step() as second:
        stream = await ask(async_client, stream=True)
        assert len([c async for c in stream]) == 4
    assert statuses(second) == ["hit"]


def test_past_its_bound_an_early_left_answer_is_partial(client, provider, step):
    provider.answer = lambda prompt, n: " ".join(map(str, range(50)))
    provider.chunk_delay_s = 0.05

    def first_word():
        for chunk in ask(client, stream=True):
            return chunk.choices[0].delta.content

    with step(drain_s=0.2):
        assert first_word() == "0 "
    with step() as second:
        assert first_word() == "0 "  # a reader that stops within it is served
    assert len(provider.requests) == 1
    with step(), pytest.raises(IncompleteAnswer, match="reads on"):
        text_of(ask(client, stream=True))
    provider.chunk_delay_s = 0
    with step():
        assert text_of(ask(client, stream=True)).endswith("49 ")
    assert len(provider.requests) == 2
    assert statuses(second) == ["hit"]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("fault", ["cut", "malformed", "truncate", "500", "hang"])
def test_a_failed_answer_is_an_error_journaled_and_never_served(
    client, provider, step, store, fault, stream
):
    if fault == "truncate" and not stream:
        pytest.skip("a whole answer has a length")
    provider.fail(fault)
    with step() as first, pytest.raises(Exception) as caught:
        answer = ask(client, stream=stream)
        text_of(answer)
    expected = {
        "cut": (APIConnectionError,),
        "truncate": (IncompleteAnswer,),
        "500": (InternalServerError,),
        "hang": (APITimeoutError,),
        "malformed": (ValueError,) if stream else (IncompleteAnswer,),
    }[fault]
    assert isinstance(caught.value, expected), caught.value
    assert statuses(first) == ["failed"]
    attempt = store.checkpoints.get(first.calls[0].checkpoint)
    arrived = bytes(attempt.parts[0])
    assert bool(arrived) == (fault != "hang")
    with step() as second:
        answer = ask(client, stream=stream)
        assert (
            text_of(answer) if stream else answer.choices[0].message.content
        ).strip() == "answer to a"
    assert statuses(second) == ["completed"]
    assert len(provider.requests) == 2


def test_a_refused_connection_is_journaled(client, provider, step):
    provider.stop()
    with step() as execution, pytest.raises(APIConnectionError):
        ask(client)
    assert statuses(execution) == ["failed"]
    assert "refused" in execution.calls[0].reason


def test_a_failed_attempt_consumes_no_draw(client, provider, step):
    provider.fail("500")
    with step() as first:
        with pytest.raises(InternalServerError):
            ask(client)
        ask(client)
    assert [call.draw for call in first.calls] == [0, 0]


def test_a_rejected_answer_replays_at_its_own_draw(client, provider, step):
    def validated():
        answers = []
        while not answers or answers[-1].choices[0].finish_reason == "length":
            answers.append(ask(client))
        return [a.choices[0].finish_reason for a in answers]

    provider.fail("length", 2)
    with step() as first:
        assert validated() == ["length", "length", "stop"]
    with step() as second:
        assert validated() == ["length", "length", "stop"]
    assert statuses(first) == ["rejected", "rejected", "completed"]
    assert statuses(second) == ["hit"] * 3
    assert len(provider.requests) == 3


def test_a_bad_request_is_served_only_where_its_step_completed(client, provider, step):
    provider.fail("400", 2)
    with step() as failed, pytest.raises(BadRequestError):
        ask(client)
    with step() as completed, pytest.raises(BadRequestError):
        ask(client)
    for keep in completed.invalid:
        keep()
    with step() as third, pytest.raises(BadRequestError):
        ask(client)
    assert statuses(failed) == statuses(completed) == ["failed"]
    assert statuses(third) == ["hit"]
    assert len(provider.requests) == 2


def test_frozen_refuses_what_is_not_recorded_and_serves_what_is(client, provider, step):
    with step():
        ask(client, "known")
    with step(frozen=True):
        ask(client, "known")
        with pytest.raises(FrozenMiss, match="no recorded answer"):
            ask(client, "unknown")
    assert len(provider.requests) == 1


def test_a_write_to_another_host_is_an_undeclared_effect(provider, step):
    from workbench.errors import EffectError

    url = provider.url.replace("/v1", "/hook")
    with step() as execution, httpx2.Client() as http:
        http.get(url)
        http.post(url, json={"messages": [{"content": "x"}]})
    assert execution.undeclared == ["POST loopback"]
    with step(strict=True), httpx2.Client() as http, pytest.raises(EffectError, match="wb.post"):
        http.post(url, json={"messages": [{"content": "x"}]})
    assert sum("messages" in r for r in provider.requests) == 1


def test_no_key_is_written_anywhere(client, provider, step, store, folder):
    with step():
        ask(client)
        provider.fail("500")
        with pytest.raises(InternalServerError):
            ask(client, "b")
    store.journal.flush()
    assert provider.headers[0]["authorization"] == "Bearer sk-canary"
    for path in folder.rglob("*"):
        assert not path.is_file() or b"sk-canary" not in path.read_bytes(), path


def test_a_client_library_imported_later_is_recorded_too(store):
    import subprocess
    import sys

    code = (
        "import sys; from workbench.calls.install import install; install();"
        "assert 'httpx' not in sys.modules; import httpx;"
        "print(httpx.Client._transport_for_url._workbench, httpx.AsyncClient._transport_for_url._workbench)"
    )
    out = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert out.strip() == "True True"
