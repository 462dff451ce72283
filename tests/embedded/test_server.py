"""The embedded model answers as an OpenAI-compatible provider, and never outlives its notebook."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from workbench import clock
from workbench.embedded import server, weights
from workbench.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = os.environ.get("WORKBENCH_MODEL_DIR")
NO_WEIGHTS = "WORKBENCH_MODEL_DIR names no folder with the weights; `workbench model pull` does"
GONE_WITHIN_S = 10.0
SCHEMA = {
    "type": "object",
    "properties": {
        "sender": {"type": "string", "maxLength": 60},
        "date": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
    },
    "required": ["sender", "date"],
    "additionalProperties": False,
}
ASK_FOR_JSON = {
    "messages": [
        {
            "role": "user",
            "content": "Extract sender and date (YYYY-MM-DD) from this e-mail as JSON.\n\nE-mail:\n"
            "From: Ada\nDate: Thu, 22 Aug 2002\n\nSee you at the mill.\n\nJSON:",
        }
    ],
    "temperature": 0,
    "seed": 1,
    "max_tokens": 80,
    "response_format": {
        "type": "json_schema",
        "json_schema": {"name": "mail", "strict": True, "schema": SCHEMA},
    },
}
SAY_HI = {"messages": [{"role": "user", "content": "Say hi"}], "temperature": 0, "max_tokens": 4}


@pytest.fixture(scope="module")
def model() -> weights.Weights:
    found = weights.find(Path(FOLDER)) if FOLDER else None
    if found is None:
        pytest.skip(NO_WEIGHTS)
    return found


@pytest.fixture(scope="module")
def running(
    model: weights.Weights, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[server.LocalServer]:
    with server.start(model, log=tmp_path_factory.mktemp("server") / "server.log") as local:
        yield local


def request(url: str, body: dict[str, Any] | None = None) -> tuple[int, str]:
    """Ask the URL and return (status, text); a body makes it a POST."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=60)
    with contextlib.closing(connection):
        method, data = ("GET", None) if body is None else ("POST", json.dumps(body))
        connection.request(method, parts.path, data, {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, response.read().decode()


def chat(local: server.LocalServer, body: dict[str, Any]) -> dict[str, Any]:
    status, text = request(f"{local.base_url}/chat/completions", body)
    assert status == http.client.OK, text
    answer: dict[str, Any] = json.loads(text)
    return answer


def lives(pid: int) -> bool:
    """Tell whether the process runs; one that only waits to be buried does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    with contextlib.suppress(FileNotFoundError):
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    return not Path("/proc/self").exists()


def wait_until_gone(pid: int) -> None:
    deadline_s = clock.monotonic_s() + GONE_WITHIN_S
    while lives(pid):
        assert clock.monotonic_s() < deadline_s, f"process {pid} is still there"
        clock.sleep(0.05)


def parent_of_a_server(
    model: weights.Weights, log: Path, then: str = ""
) -> tuple[subprocess.Popen[str], int]:
    """Run a Python process that starts a server; return it and the server's process id."""
    code = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from workbench.embedded import server, weights\n"
        "model = weights.find(Path(sys.argv[1]))\n"
        "local = server.start(model, log=Path(sys.argv[2]))\n"
        f"{then}\n"
        "print(local.pid, flush=True)\n"
        "signal.pause()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(model.path.parent), str(log)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout
    return parent, int(parent.stdout.readline())


def test_the_url_names_the_weights() -> None:
    model = weights.Weights(Path("m.gguf"), "0123456789abcdef" * 4, "m")

    assert server.base_url(model, 8080) == "http://127.0.0.1:8080/local/0123456789abcdef/v1"


def test_without_xllamacpp_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    model = weights.Weights(tmp_path / "m.gguf", "0" * 64, "m")

    with pytest.raises(ModelError, match="xllamacpp") as caught:
        server.start(model, log=tmp_path / "log")
    with pytest.raises(ModelError, match="xllamacpp"):
        server.serve(model)

    assert caught.value.remedy == "pip install 'nbworkbench[demo]'"


def test_a_server_that_dies_says_why(tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp")
    missing = weights.Weights(tmp_path / "m.gguf", "0" * 64, "m")

    with pytest.raises(ModelError, match=r"ended with status 1: .*m\.gguf is not the") as caught:
        server.start(missing, log=tmp_path / "logs" / "server.log")

    assert str(tmp_path / "logs" / "server.log") in caught.value.remedy


def test_a_server_that_crashes_is_told_in_its_logs_last_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("xllamacpp")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "sitecustomize.py").write_text(
        "import os, sys\n"
        "if '--parent' in sys.orig_argv: os.write(2, b'first\\nout of luck\\n'); os._exit(9)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "broken"))
    model = weights.Weights(tmp_path / "m.gguf", "0" * 64, "m")

    with pytest.raises(ModelError, match="ended with status 9: out of luck"):
        server.start(model, log=tmp_path / "log")


@pytest.mark.model
def test_a_server_that_is_too_slow_is_ended(model: weights.Weights, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="did not answer within 0 s"):
        server.start(model, log=tmp_path / "log", timeout_s=0)


@pytest.mark.model
def test_a_taken_port_is_an_error(
    running: server.LocalServer, model: weights.Weights, tmp_path: Path
) -> None:
    port = urlsplit(running.base_url).port
    assert port

    with pytest.raises(ModelError, match=f"or not have port {port}"):
        server.start(model, log=tmp_path / "log", port=port)


@pytest.mark.model
def test_it_is_healthy_below_the_prefix_that_names_its_weights(
    running: server.LocalServer, model: weights.Weights
) -> None:
    parts = urlsplit(running.base_url)
    assert parts.port

    assert running.base_url == server.base_url(model, parts.port)
    assert request(running.base_url.removesuffix("/v1") + "/health")[0] == http.client.OK
    assert request(f"http://{parts.netloc}/health")[0] == http.client.NOT_FOUND
    assert request(f"http://{parts.netloc}/v1/models")[0] == http.client.NOT_FOUND


@pytest.mark.model
@pytest.mark.parametrize("extra", ["/", "/slots", "/metrics"])
def test_it_offers_no_page_and_no_insight(running: server.LocalServer, extra: str) -> None:
    status, _ = request(running.base_url.removesuffix("/v1") + extra)

    assert status in {http.client.NOT_FOUND, http.client.NOT_IMPLEMENTED}


@pytest.mark.model
def test_it_answers_in_the_shape_of_a_json_schema(running: server.LocalServer) -> None:
    answer = chat(running, ASK_FOR_JSON)

    assert answer["choices"][0]["finish_reason"] == "stop"
    assert list(json.loads(answer["choices"][0]["message"]["content"])) == ["sender", "date"]
    assert answer["model"] == "SmolLM2-135M-Instruct"
    assert answer["usage"]["total_tokens"] > answer["usage"]["prompt_tokens"] > 0


@pytest.mark.model
def test_it_answers_alike_whether_or_not_the_prompt_is_cached(running: server.LocalServer) -> None:
    other = {**ASK_FOR_JSON, "messages": SAY_HI["messages"]}
    asked = [ASK_FOR_JSON, ASK_FOR_JSON, other, ASK_FOR_JSON]

    answers = [chat(running, body)["choices"][0]["message"]["content"] for body in asked]

    assert answers[0] == answers[1] == answers[3]


@pytest.mark.model
def test_it_tolerates_fields_that_it_does_not_know(running: server.LocalServer) -> None:
    assert chat(running, {**SAY_HI, "user": "me", "metadata": {}, "not_a_field": [1]})["choices"]


@pytest.mark.model
def test_a_streamed_answer_ends_as_the_protocol_says(running: server.LocalServer) -> None:
    body = {**SAY_HI, "stream": True, "stream_options": {"include_usage": True}}

    _, text = request(f"{running.base_url}/chat/completions", body)

    events = [line.removeprefix("data: ") for line in text.split("\n\n") if line.strip()]
    *chunks, usage = [json.loads(event) for event in events[:-1]]
    assert events[-1] == "[DONE]"
    assert chunks[-1]["choices"][0]["finish_reason"] == "length"
    assert usage["choices"] == []
    assert usage["usage"]["completion_tokens"] == 4


@pytest.mark.model
def test_stopping_ends_the_process_and_may_be_repeated(
    model: weights.Weights, tmp_path: Path
) -> None:
    local = server.start(model, log=tmp_path / "log")

    local.stop()
    local.stop()

    assert not lives(local.pid)
    with pytest.raises(ConnectionRefusedError):
        request(local.base_url)


@pytest.mark.model
def test_it_outlives_the_thread_that_started_it(model: weights.Weights, tmp_path: Path) -> None:
    started: list[server.LocalServer] = []
    thread = threading.Thread(
        target=lambda: started.append(server.start(model, log=tmp_path / "log"))
    )
    thread.start()
    thread.join()

    with started[0] as local:
        assert chat(local, SAY_HI)["choices"]
        assert lives(local.pid)


@pytest.mark.model
def test_an_interrupt_of_the_notebook_does_not_reach_it(running: server.LocalServer) -> None:
    assert os.getpgid(running.pid) != os.getpgid(0)


@pytest.mark.model
def test_a_killed_parent_leaves_no_server(model: weights.Weights, tmp_path: Path) -> None:
    parent, pid = parent_of_a_server(model, tmp_path / "log")
    with parent:
        assert lives(pid)
        parent.kill()

    wait_until_gone(pid)


@pytest.mark.model
def test_a_killed_parent_leaves_no_server_although_its_fork_lives(
    model: weights.Weights, tmp_path: Path
) -> None:
    fork = "fork = os.fork()\nif not fork: signal.pause()\nprint(fork, flush=True)"
    parent, fork_pid = parent_of_a_server(model, tmp_path / "log", then=fork)
    with parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        parent.kill()
        try:
            wait_until_gone(pid)
            assert lives(fork_pid)
        finally:
            os.kill(fork_pid, signal.SIGKILL)


@pytest.mark.model
def test_the_foreground_prints_its_url_and_ends_with_an_interrupt(
    model: weights.Weights, tmp_path: Path
) -> None:
    line = [sys.executable, "-m", "workbench.embedded.server", "--weights", str(model.path)]
    with subprocess.Popen(
        [*line, "--log", str(tmp_path / "log")], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        url = process.stdout.readline().strip()
        status, _ = request(f"{url}/models")
        process.send_signal(signal.SIGINT)
        try:
            ended = process.wait(GONE_WITHIN_S)
        finally:
            process.kill()

    assert status == http.client.OK
    assert ended == 0
