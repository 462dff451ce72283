"""A scripted provider on loopback: speaks Chat Completions, Responses and embeddings, and counts."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

USAGE = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}


class Provider:
    """Answers every prompt with `answer(prompt, n)`; `requests` counts what reached it.

    `fault` is applied to the next answers: "cut", "truncate", "malformed", "500", "400", "hang",
    "length", "slow".
    """

    def __init__(self) -> None:
        self.requests: list[dict] = []
        self.headers: list[dict] = []
        self.fault = ""
        self.faults_left = 0
        self.answer = lambda prompt, n: f"answer to {prompt}"
        self.chunk_delay_s = 0.0
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/v1"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def fail(self, fault: str, times: int = 1) -> None:
        self.fault, self.faults_left = fault, times

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def take_fault(self) -> str:
        with self._lock:
            if self.faults_left:
                self.faults_left -= 1
                return self.fault
            return ""

    def _handler(provider) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.whole(200, {"requests": len(provider.requests)})

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with provider._lock:
                    provider.requests.append(body)
                    provider.headers.append({k.lower(): v for k, v in self.headers.items()})
                    n = len(provider.requests)
                fault = provider.take_fault()
                if fault == "hang":
                    time.sleep(30)
                if fault == "500":
                    self.whole(500, {"error": {"message": "overloaded"}})
                elif fault == "400":
                    self.whole(400, {"error": {"message": "bad request"}})
                elif self.path.endswith("/embeddings"):
                    self.embeddings(body)
                elif self.path.endswith("/responses"):
                    self.answer_responses(body, n, fault)
                else:
                    self.chat(body, n, fault)

            def chat(self, body: dict, n: int, fault: str) -> None:
                text = provider.answer(body["messages"][-1]["content"], n)
                finish = "length" if fault == "length" else "stop"
                if body.get("stream"):
                    self.events(list(chat_events(text, finish)), fault)
                else:
                    self.whole(200, chat_answer(text, finish), fault)

            def answer_responses(self, body: dict, n: int, fault: str) -> None:
                prompt = body["input"] if isinstance(body["input"], str) else "list"
                text = provider.answer(prompt, n)
                if body.get("stream"):
                    self.events(list(response_events(text)), fault)
                else:
                    self.whole(200, response_answer(text), fault)

            def embeddings(self, body: dict) -> None:
                inputs = body["input"] if isinstance(body["input"], list) else [body["input"]]
                data = [
                    {"object": "embedding", "index": i, "embedding": [float(len(x)), 1.0, i]}
                    for i, x in enumerate(inputs)
                ]
                usage = {"prompt_tokens": 3, "total_tokens": 3}
                self.whole(200, {"object": "list", "model": "embed", "data": data, "usage": usage})

            def whole(self, status: int, value: dict, fault: str = "") -> None:
                data = json.dumps(value).encode()
                if fault == "malformed":
                    data = data[: len(data) // 2] + b"}"
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data) + (50 if fault == "cut" else 0)))
                self.end_headers()
                self.wfile.write(data)
                if fault == "cut":
                    self.wfile.flush()
                    self.connection.close()

            def events(self, events: list[str], fault: str) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                if fault == "truncate":  # ends cleanly, with a length, without its end marker
                    events = events[: len(events) // 2]
                if fault == "malformed":
                    events[1] = "data: {not json\n\n"
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                for number, event in enumerate(events):
                    if fault == "cut" and number == len(events) // 2:
                        self.connection.close()
                        return
                    data = event.encode()
                    try:
                        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
                    except OSError:
                        return
                    time.sleep(provider.chunk_delay_s or (0.05 if fault == "slow" else 0))
                self.wfile.write(b"0\r\n\r\n")

            def log_message(self, *_args: object) -> None:
                pass

        return Handler


def chat_answer(text: str, finish: str = "stop") -> dict:
    message = {"role": "assistant", "content": text, "refusal": None}
    choice = {"index": 0, "message": message, "finish_reason": finish, "logprobs": None}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "gpt-4o-mini",
        "choices": [choice],
        "usage": USAGE,
    }


def chat_events(text: str, finish: str = "stop"):
    base = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o-mini"}
    for word in text.split(" "):
        delta = {"index": 0, "delta": {"content": word + " "}, "finish_reason": None}
        yield f"data: {json.dumps({**base, 'choices': [delta]})}\n\n"
    end = {"index": 0, "delta": {}, "finish_reason": finish}
    yield f"data: {json.dumps({**base, 'choices': [end]})}\n\n"
    yield "data: [DONE]\n\n"


def response_answer(text: str, status: str = "completed") -> dict:
    content = [{"type": "output_text", "text": text, "annotations": []}]
    item = {
        "id": "m1",
        "type": "message",
        "role": "assistant",
        "status": status,
        "content": content,
    }
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "model": "gpt-4o-mini",
        "status": status,
        "output": [item],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": 7,
            "output_tokens": 5,
            "total_tokens": 12,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens_details": {"reasoning_tokens": 0},
        },
    }


def response_events(text: str):
    number = 0
    for word in text.split(" "):
        number += 1
        event = {
            "type": "response.output_text.delta",
            "delta": word + " ",
            "item_id": "m1",
            "output_index": 0,
            "content_index": 0,
            "sequence_number": number,
            "logprobs": [],
        }
        yield f"event: response.output_text.delta\ndata: {json.dumps(event)}\n\n"
    done = {
        "type": "response.completed",
        "sequence_number": number + 1,
        "response": response_answer(text),
    }
    yield f"event: response.completed\ndata: {json.dumps(done)}\n\n"
