"""What a cell shows while it runs, kept so that a hit can show it again."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from workbench.model import Json

MAX_BYTES = 10_000_000


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


class _Tee:
    """A stream that also tells what is written to it."""

    def __init__(self, stream: Any, name: str, shown: Shown) -> None:
        self._stream = stream
        self._name = name
        self._shown = shown

    def write(self, text: str) -> int:
        self._shown.text(self._name, text)
        written: int = self._stream.write(text)
        return written

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def captured(shell: Any) -> Iterator[Shown]:
    """Record what a block shows; it is shown all the same."""
    shown = Shown()

    def hook(message: Json) -> Json:
        shown.message(message["header"]["msg_type"], message["content"])
        return message

    publishers = [p for p in (shell.display_pub, shell.displayhook) if hasattr(p, "register_hook")]
    streams = sys.stdout, sys.stderr
    for publisher in publishers:
        publisher.register_hook(hook)
    sys.stdout, sys.stderr = _Tee(streams[0], "stdout", shown), _Tee(streams[1], "stderr", shown)
    try:
        yield shown
    finally:
        sys.stdout, sys.stderr = streams
        for publisher in publishers:
            publisher.unregister_hook(hook)


def replay(outputs: list[dict[str, Json]]) -> None:
    """Show recorded outputs again. Displays get new ids: the old ones belong to another cell."""
    from IPython.display import display

    for shown in outputs:
        if "stream" in shown:
            stream = sys.stdout if shown["stream"] == "stdout" else sys.stderr
            stream.write(shown["text"])
            stream.flush()
        else:
            display(shown["data"], metadata=shown["metadata"], raw=True)
