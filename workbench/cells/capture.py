"""What a cell shows while it runs, kept so that a hit can show it again."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from workbench.model import Json

MAX_BYTES = 10_000_000
_WIDGET = "application/vnd.jupyter.widget-view+json"


class Shown:
    """The outputs of one execution, in order: `{"stream": name, "text": …}` or a display's bundle."""

    def __init__(self) -> None:
        self._shown: list[dict[str, Json]] = []
        self.size_bytes = 0
        self.odd = ""

    def text(self, name: str, text: str) -> None:
        """Add printed text; joins what was printed just before."""
        self.size_bytes += len(text)
        if self.size_bytes > MAX_BYTES:
            return  # it will not be kept
        last = self._shown[-1] if self._shown else {}
        if last.get("stream") == name:
            last["parts"].append(text)
        else:
            self._shown.append({"stream": name, "parts": [text]})

    @property
    def outputs(self) -> list[dict[str, Json]]:
        """What was shown, in order, each stream's text in one piece."""
        return [
            {"stream": each["stream"], "text": "".join(each["parts"])} if "parts" in each else each
            for each in self._shown
        ]

    def message(self, kind: str, content: Json) -> None:
        """Add a display, an update of one, or the value of the last expression."""
        data = dict(content.get("data", {}))
        self.size_bytes += sum(len(str(value)) for value in data.values())
        if kind == "clear_output":
            self._shown.clear()
        elif kind == "update_display_data":
            self._update(content, data)
        else:
            name = (content.get("transient") or {}).get("display_id")
            self._shown.append(
                {"data": data, "metadata": content.get("metadata") or {}, "id": name}
            )

    def _update(self, content: Json, data: Json) -> None:
        name = (content.get("transient") or {}).get("display_id")
        found = [shown for shown in self._shown if name and shown.get("id") == name]
        for shown in found:
            shown["data"] = data
        if not found:
            self.odd = "it updated a display of another cell"


_showing: ContextVar[tuple[Shown, ...]] = ContextVar("workbench_showing", default=())
"""The captures that running code writes to: of its own step, and of the steps around it."""


class _Tee:
    """A stream that also tells the captures of the running code what is written to it."""

    def __init__(self, stream: Any, name: str) -> None:
        self._stream = stream
        self._name = name

    def write(self, text: str) -> int:
        for shown in _showing.get():
            shown.text(self._name, text)
        written: int = self._stream.write(text)
        return written

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


_tees: list[tuple[Any, Any]] = []
_users: list[int] = []
_teeing = threading.Lock()


@contextmanager
def _teed() -> Iterator[None]:
    """Have the standard streams tell; steps that run side by side share one pair of tees."""
    with _teeing:
        if not _users:
            _tees.append((sys.stdout, sys.stderr))
            sys.stdout, sys.stderr = _Tee(sys.stdout, "stdout"), _Tee(sys.stderr, "stderr")
        _users.append(1)
    try:
        yield
    finally:
        with _teeing:
            _users.pop()
            if not _users:
                sys.stdout, sys.stderr = _tees.pop()


@contextmanager
def captured(shell: Any) -> Iterator[Shown]:
    """Record what a block shows; it is shown all the same. `shell` is None outside IPython."""
    shown = Shown()

    def hook(message: Json) -> Json:
        if shown in _showing.get():
            shown.message(message["header"]["msg_type"], message["content"])
        return message

    publishers: list[Any] = [
        publisher
        for publisher in (getattr(shell, "display_pub", None), getattr(shell, "displayhook", None))
        if hasattr(publisher, "register_hook")
    ]
    for publisher in publishers:
        publisher.register_hook(hook)
    token = _showing.set((*_showing.get(), shown))
    try:
        with _teed():
            yield shown
    finally:
        _showing.reset(token)
        for publisher in publishers:
            publisher.unregister_hook(hook)


def flush_figures() -> None:
    """Have the inline backend show open figures now: it would do so only after the cell ended."""
    backend = sys.modules.get("matplotlib_inline.backend_inline")
    if backend is not None:
        backend.flush_figures()


def replay(outputs: list[dict[str, Json]]) -> None:
    """Show recorded outputs again. Displays get new ids: the old ones belong to another cell."""
    from IPython.display import display

    for shown in outputs:
        if "stream" in shown:
            stream = sys.stdout if shown["stream"] == "stdout" else sys.stderr
            stream.write(shown["text"])
            stream.flush()
        else:
            display(without_widget(shown["data"]), metadata=shown["metadata"], raw=True)


def without_widget(data: Json) -> Json:
    """A bundle without its live widget, which ended with its kernel; its text says so."""
    if _WIDGET not in data:
        return data
    rest = {mime: text for mime, text in data.items() if mime != _WIDGET}
    fallback = rest.get("text/plain", "a widget")
    return {**rest, "text/plain": f"{fallback} (a widget of an earlier run: no longer live)"}
