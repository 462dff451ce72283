"""Answers as the openai SDK makes them, over a transport that answers from memory."""

import httpx2
import openai
import pytest
from pydantic import BaseModel

from workbench.store.codecs import dump, load

USAGE = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7, "cost": 0.25}


def completion(content, **message):
    message = {"role": "assistant", "content": content, "refusal": None, **message}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "small",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}],
        "usage": USAGE,
        "provider": {"region": "eu"},
    }


TOOL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "lookup", "arguments": '{"city": "Kyiv"}'},
}
EMBEDDINGS = {
    "object": "list",
    "model": "small",
    "data": [{"object": "embedding", "index": 0, "embedding": [0.1, -0.2]}],
    "usage": {"prompt_tokens": 1, "total_tokens": 1},
}
RESPONSE = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1,
    "model": "small",
    "status": "completed",
    "output": [
        {
            "type": "message",
            "id": "msg_1",
            "role": "assistant",
            "status": "completed",
            "content": [{"type": "output_text", "text": '{"city": "Kyiv"}', "annotations": []}],
        }
    ],
    "parallel_tool_calls": True,
    "tool_choice": "auto",
    "tools": [],
}


class City(BaseModel):
    city: str


@pytest.fixture
def answering():
    clients = []

    def run(body):
        def answer(request):
            return httpx2.Response(200, json=body, headers={"x-request-id": "req_1"})

        http = httpx2.Client(transport=httpx2.MockTransport(answer))
        clients.append(http)
        return openai.OpenAI(api_key="none", base_url="http://provider.test/v1", http_client=http)

    yield run
    for client in clients:
        client.close()


MESSAGES = [{"role": "user", "content": "hello"}]


def test_a_chat_completion_comes_back_with_its_extras(answering, round_trip):
    answer = answering(completion("hi")).chat.completions.create(model="small", messages=MESSAGES)
    restored = round_trip(answer)
    assert restored.choices[0].message.content == "hi"
    assert restored._request_id == "req_1"
    assert restored.provider == {"region": "eu"}
    assert restored.usage.cost == 0.25
    assert restored.to_json() == answer.to_json()


def test_a_parsed_completion_comes_back_with_the_parsed_model(answering, round_trip):
    client = answering(completion('{"city": "Kyiv"}'))
    answer = client.chat.completions.parse(model="small", messages=MESSAGES, response_format=City)
    restored = round_trip(answer)
    assert type(restored.choices[0].message.parsed) is City
    assert restored.choices[0].message.parsed == City(city="Kyiv")
    assert type(restored.choices[0]) is type(answer.choices[0])


def test_a_parsed_model_of_the_notebook_comes_back(answering, notebook):
    cell = notebook("from pydantic import BaseModel\nclass Town(BaseModel):\n    city: str")
    client = answering(completion('{"city": "Kyiv"}'))
    answer = client.chat.completions.parse(
        model="small", messages=MESSAGES, response_format=cell["Town"]
    )
    written = dump({"answer": answer}, namespace=cell)
    restored = load(written.body, written.blobs, namespace=cell)["answer"]
    assert type(restored.choices[0].message.parsed) is cell["Town"]


def test_a_completion_with_tool_calls_comes_back(answering, round_trip):
    client = answering(completion(None, tool_calls=[TOOL]))
    answer = client.chat.completions.create(model="small", messages=MESSAGES)
    assert round_trip(answer).choices[0].message.tool_calls[0].function.name == "lookup"


def test_embeddings_come_back(answering, round_trip):
    answer = answering(EMBEDDINGS).embeddings.create(
        model="small", input="x", encoding_format="float"
    )
    assert round_trip(answer).data[0].embedding == [0.1, -0.2]


def test_a_response_and_a_parsed_response_come_back(answering, round_trip):
    client = answering(RESPONSE)
    plain = client.responses.create(model="small", input="x")
    parsed = client.responses.parse(model="small", input="x", text_format=City)
    assert round_trip(plain).output_text == '{"city": "Kyiv"}'
    assert round_trip(parsed).output_parsed == City(city="Kyiv")


def test_the_client_itself_is_refused(answering, refusal):
    client = answering({})
    error = refusal({"client": client, "text": "x"})
    assert error.path == 'value["client"]'
    assert "outside the step" in error.reason
    assert refusal([client.chat.completions]).path == "value[0]"
