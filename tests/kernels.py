"""A real IPython kernel for a test: run a cell, get what it showed and how it ended."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty

from jupyter_client.manager import start_new_kernel

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
STEP_MIME = "application/vnd.workbench.step+json"


@dataclass
class Cell:
    """What one cell did."""

    outputs: list[dict] = field(default_factory=list)
    error: str = ""
    traceback: str = ""

    @property
    def text(self) -> str:
        return "".join(o["text"] for o in self.outputs if "text" in o)

    @property
    def step(self) -> dict:
        found = [o["data"][STEP_MIME] for o in self.outputs if STEP_MIME in o.get("data", {})]
        return found[-1] if found else {}

    @property
    def banner(self) -> str:
        shown = [o["data"] for o in self.outputs if STEP_MIME in o.get("data", {})]
        return shown[-1]["text/plain"] if shown else ""

    @property
    def results(self) -> list[str]:
        return [
            o["data"]["text/plain"]
            for o in self.outputs
            if "data" in o and STEP_MIME not in o["data"]
        ]


_BEGIN = """
import os, sys
os.chdir({folder!r})
os.environ.update({env!r})
"""
_RESET = """
from workbench.cells import session as _session
from workbench.calls import context as _context
from workbench.query import lens as _lens
for _each in _session._sessions:
    if "store" in vars(_each):
        _each._end()
        _each.store.close()
_session._sessions.clear(); _context.plain_cell.clear(); _lens._lenses.clear()
import os as _os, sys as _sys
for _name, _module in list(_sys.modules.items()):
    if (getattr(_module, "__file__", None) or "").startswith({folder!r}):
        del _sys.modules[_name]
for _name in [n for n in _os.environ if n.startswith(("OPENAI_", "WORKBENCH_"))]:
    del _os.environ[_name]
get_ipython().run_line_magic("reset", "-f")
"""


class Kernel:
    """One kernel process, lent to one test at a time."""

    def __init__(self) -> None:
        root = str(Path(__file__).parents[1])
        path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
        self.manager, self.client = start_new_kernel(
            kernel_name="python3", env={**os.environ, "PYTHONPATH": path}
        )
        self.alive = True

    def begin(self, folder: Path, cache: Path, env: dict[str, str]) -> None:
        """Make it the kernel of a notebook in `folder`, its store in `cache`."""
        self.folder = folder
        env = {"WORKBENCH_CACHE": str(cache), "JPY_SESSION_NAME": str(folder / "nb.ipynb"), **env}
        for code in (_BEGIN.format(folder=str(folder), env=env), "%load_ext workbench"):
            cell = self.run(code)
            assert not cell.error, cell.traceback

    def reset(self) -> bool:
        """Forget the test; False if it cannot be used again."""
        try:
            cell = self.run(_RESET.format(folder=str(self.folder)), timeout=10)
        except AssertionError:
            self.kill()
            return False
        if cell.error:
            self.kill()
        return not cell.error

    def run(self, code: str, timeout: float = 60, cell_id: str = "") -> Cell:
        message_id = self.send(code, cell_id)
        return self.collect(message_id, timeout)

    def send(self, code: str, cell_id: str = "") -> str:
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": True,
        }
        message = self.client.session.msg("execute_request", content)
        if cell_id:
            message["metadata"] = {"cellId": cell_id}
        self.client.shell_channel.send(message)
        return message["header"]["msg_id"]

    def collect(self, message_id: str, timeout: float = 60) -> Cell:
        cell = Cell()
        shown: dict[str, dict] = {}
        while True:
            try:
                message = self.client.get_iopub_msg(timeout=timeout)
            except Empty:
                raise AssertionError(f"the kernel said nothing for {timeout} s") from None
            if message["parent_header"].get("msg_id") != message_id:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "status" and content["execution_state"] == "idle":
                return cell
            self._take(cell, shown, kind, content)

    def _take(self, cell: Cell, shown: dict[str, dict], kind: str, content: dict) -> None:
        if kind == "stream":
            cell.outputs.append({"stream": content["name"], "text": content["text"]})
        elif kind in {"display_data", "execute_result"}:
            output = {"kind": kind, "data": content["data"], "metadata": content["metadata"]}
            name = content.get("transient", {}).get("display_id")
            if name:
                shown[name] = output
            cell.outputs.append(output)
        elif kind == "update_display_data":
            name = content["transient"]["display_id"]
            if name in shown:
                shown[name]["data"] = content["data"]
        elif kind == "error":
            cell.error = f"{content['ename']}: {content['evalue']}"
            cell.traceback = _ANSI.sub("", "\n".join(content["traceback"]))

    def value(self, expression: str) -> str:
        cell = self.run(f"print(({expression}), end='')")
        assert not cell.error, cell.traceback
        return cell.text

    def stop(self) -> None:
        """End it as closing a notebook does."""
        self.alive = False
        self.client.stop_channels()
        self.manager.shutdown_kernel()
        self.manager.cleanup_resources()

    def kill(self) -> None:
        """kill -9."""
        self.alive = False
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()
