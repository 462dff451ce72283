from __future__ import annotations

import base64
import json

import pytest

from workbench.calls.providers.embeddings import Embeddings
from workbench.model import Prompt, Usage

EMBEDDINGS = Embeddings()
VECTORS = [[0.0023, -0.0093, 0.0156], [0.1, 0.2, 0.3]]
ANSWER = {
    "object": "list",
    "data": [
        {"object": "embedding", "index": index, "embedding": vector}
        for index, vector in enumerate(VECTORS)
    ],
    "model": "text-embedding-3-small",
    "usage": {"prompt_tokens": 8, "total_tokens": 8},
}


def judge(answer, given=("a", "b"), status=200):
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    wanted = list(given) if isinstance(given, tuple) else given
    return EMBEDDINGS.judge({"model": "m", "input": wanted}, status, "application/json", body)


def vectors(*embeddings: object) -> dict:
    return {"data": [{"index": n, "embedding": each} for n, each in enumerate(embeddings)]}


def test_a_vector_for_each_input_is_complete():
    judged = judge(ANSWER)
    assert (judged.verdict, judged.reason) == ("complete", "")
    assert judged.text == "[2 vectors of 3]"
    assert judged.model == "text-embedding-3-small"
    assert judged.usage == Usage(8, None, 8, None)


def test_the_sdk_reads_as_many_vectors(sdk):
    client = sdk(json.dumps(ANSWER).encode(), "application/json")
    assert len(client.embeddings.create(model="m", input=["a", "b"]).data) == 2


@pytest.mark.parametrize("given", ["text", [1, 2, 3], ["text"], [[1, 2]], [], None, 5])
def test_a_string_or_a_list_of_tokens_is_one_input(given):
    expected = "incomplete" if given == [] else "complete"
    assert judge(vectors([0.1]), given).verdict == expected


@pytest.mark.parametrize("given", [("a",), ("a", "b", "c"), [[1], [2], [3]], ()])
def test_another_number_of_vectors_than_inputs_is_incomplete(given):
    judged = judge(ANSWER, given)
    assert judged.verdict == "incomplete"
    assert judged.reason == f"2 vectors for {len(given)} inputs"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"", "malformed JSON"),
        (b"[]", "malformed JSON"),
        ({}, "no data"),
        ({"data": {}}, "no data"),
    ],
)
def test_an_answer_without_vectors_is_incomplete(answer, reason):
    judged = judge(answer)
    assert (judged.verdict, judged.reason) == ("incomplete", reason)


def test_an_answer_cut_anywhere_is_incomplete():
    body = json.dumps(ANSWER).encode()
    assert {judge(body[:cut]).verdict for cut in range(len(body))} == {"incomplete"}


def test_errors_are_failed_or_invalid():
    assert judge({"error": {"message": "no"}}).reason == "error: no"
    assert judge({"error": {"message": "no"}}).verdict == "failed"
    assert judge(ANSWER, status=429).verdict == "failed"
    assert judge({"error": {"message": "too long"}}, status=400).verdict == "invalid"


@pytest.mark.parametrize("width", [1, 2, 3, 256, 1536])
def test_base64_vectors_are_counted_in_float32(width):
    encoded = base64.b64encode(bytes(4 * width)).decode()
    assert judge(vectors(encoded), "text").text == f"[1 vector of {width}]"


def test_a_vector_of_unknown_shape_is_only_counted():
    assert judge(vectors(None, None)).text == "[2 vectors]"
    assert judge({"data": ["x", "y"]}).text == "[2 vectors]"


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("one", "one"),
        (["one", "two"], "one\ntwo"),
        ([1, 2, 3], "[3 tokens]"),
        ([[1, 2], [3]], "[2 tokens]\n[1 tokens]"),
        ([{"image": "u"}, None], '{"image":"u"}\nnull'),
        (5, "5"),
        ([], ""),
    ],
)
def test_a_prompt_is_its_inputs_one_a_line(given, text):
    assert EMBEDDINGS.describe({"model": "m", "input": given}) == Prompt("m", text)


def test_of_many_inputs_the_first_hundred_are_shown():
    lines = EMBEDDINGS.describe({"input": [f"t{n}" for n in range(103)]}).text.split("\n")
    assert (lines[0], lines[99], lines[100:]) == ("t0", "t99", ["… 3 more"])
    hundred = EMBEDDINGS.describe({"input": ["t"] * 100}).text
    assert "more" not in hundred


@pytest.mark.parametrize("request_", [None, [], "x", {"model": 5}])
def test_an_odd_request_is_described_by_its_json(request_):
    assert EMBEDDINGS.describe(request_) == Prompt("", json.dumps(request_, separators=(",", ":")))


def test_embeddings_are_never_streamed():
    assert not EMBEDDINGS.asks_stream({"stream": True})
    assert not EMBEDDINGS.may_end(b"data: [DONE]\n\n")
