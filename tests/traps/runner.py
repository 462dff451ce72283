"""Puts a case to real kernels: twice with the workbench, and plainly for what is right."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import kernels
from kernels import STEP_MIME, Cell, Kernel

from traps.case import Case

PREPARE = """
import sys as _s, types as _t
_state = _s.modules["_trap_state"] = _t.ModuleType("_trap_state")
exec({source!r}, vars(_state))
del _s, _t, _state
"""
"""Run once a kernel: keeps what a case may leave behind in the process, to put it back."""

STATE = """
import atexit, builtins, decimal, gc, importlib, socket, json, linecache, locale, logging, os, random, signal, sys
import textwrap, time, warnings
sys.dont_write_bytecode = True
environ, path = dict(os.environ), list(sys.path)
filters, known = list(warnings.filters), set(vars(builtins))
hooks = set(vars(get_ipython()))
limit = sys.getrecursionlimit()

patched = []

def find(path):
    # the owner and the name of a dotted path
    parts = path.split(".")
    for end in range(len(parts) - 1, 0, -1):
        try:
            owner = importlib.import_module(".".join(parts[:end]))
        except ImportError:
            continue
        for name in parts[end:-1]:
            owner = getattr(owner, name, None)
        if hasattr(owner, parts[-1]):
            return owner, parts[-1]
    raise KeyError(path)

def patch(path, new):
    owner, name = find(path)
    patched.append((owner, name, vars(owner)[name]))
    setattr(owner, name, new)

def undo():
    while patched:
        setattr(*patched.pop())

def restore(folder, counter):
    undo()
    os.environ.clear(); os.environ.update(environ)
    for name in ("TRAP_A", "TRAP_B", "TRAP_C"):
        os.unsetenv(name)
    time.tzset()
    time.tzset()
    os.chdir(folder)
    sys.path[:] = path
    warnings.filters[:] = filters; warnings._filters_mutated() if hasattr(warnings, "_filters_mutated") else None
    for name in set(vars(builtins)) - known:
        delattr(builtins, name)
    for name in set(vars(get_ipython())) - hooks:
        if "trap" in name:
            delattr(get_ipython(), name)
    random.seed()
    decimal.setcontext(decimal.Context())
    logging.getLogger("trap").setLevel(0); logging.getLogger("trap.read").setLevel(0)
    sys.setrecursionlimit(limit)
    sys.set_int_max_str_digits(4300); gc.enable()
    socket.setdefaulttimeout(None)
    locale.setlocale(locale.LC_ALL, "C.UTF-8")
    linecache.cache.pop("trap", None)
    if "trap" in vars(json.JSONEncoder):
        del json.JSONEncoder.trap
    vars(sys).pop("flags_of_trap", None)
    importlib.reload(textwrap)
    get_ipython().run_line_magic("precision", "")
    numpy, pandas, duckdb = (sys.modules.get(name) for name in ("numpy", "pandas", "duckdb"))
    if numpy:
        numpy.set_printoptions(precision=8); numpy.random.seed()
        numpy.seterr(divide="warn", over="warn", under="ignore", invalid="warn")
    if pandas:
        pandas.reset_option("display")
    if duckdb:
        duckdb.sql("drop table if exists trap"); duckdb.sql("drop table if exists trap_t")
        duckdb.unregister("trap_view")
    importlib.invalidate_caches()
    opened = os.open(counter, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(opened, 200); os.close(opened)
"""
BEGIN = "__import__('sys').modules['_trap_state'].restore({folder!r}, {counter!r})"
FORGET = """
import sys as _sys
for _name, _module in list(_sys.modules.items()):
    if (getattr(_module, "__file__", None) or "").startswith({folder!r}):
        del _sys.modules[_name]
"""
CLEAR = """
_shell = get_ipython()
for _name in [n for n in _shell.user_ns if n[:2] != "__" or n == "__annotations__"]:
    del _shell.user_ns[_name]
get_ipython().init_user_ns()
"""
"""What `%reset -f` does without its collection of garbage, which costs more than most cases."""

END = kernels._RESET.replace('get_ipython().run_line_magic("reset", "-f")', CLEAR)
REFRESH = "__import__('importlib').invalidate_caches()"
SEEDS = {"first": "1", "second": "2", "plain": "3"}


_STEP = re.compile(r"^[ \t]*(import workbench as wb|@wb\.step)\n", re.MULTILINE)


@dataclass
class Seen:
    """What became of a case."""

    values: str = ""
    before: str = ""
    error: str = ""
    status: str = ""
    why: str = ""
    first_why: str = ""
    executions: int = 0
    shown: list[list[dict]] = field(default_factory=list)


class _Clearing(Kernel):
    """A kernel whose front end clears what a cell has it clear."""

    def _take(self, cell: Cell, shown: dict[str, dict], kind: str, content: dict) -> None:
        if kind == "clear_output":
            cell.outputs = [each for each in cell.outputs if STEP_MIME in each.get("data", {})]
        super()._take(cell, shown, kind, content)


class Kernels:
    """Three processes of three hash seeds: the first run's, the other kernel's, the plain one's."""

    def __init__(self) -> None:
        self._running: dict[str, Kernel] = {}

    def get(self, role: str) -> Kernel:
        """The kernel of this role, started when it is first asked for."""
        kernel = self._running.get(role)
        if kernel is None or not kernel.alive:
            kernel = self._running[role] = _start(SEEDS[role])
        return kernel

    def stop(self) -> None:
        for kernel in self._running.values():
            if kernel.alive:
                kernel.stop()


def _start(seed: str) -> Kernel:
    before = os.environ.get("PYTHONHASHSEED")
    os.environ["PYTHONHASHSEED"] = seed
    try:
        kernel = _Clearing()
    finally:
        os.environ.pop("PYTHONHASHSEED") if before is None else os.environ.update(
            PYTHONHASHSEED=before
        )
    _run(kernel, PREPARE.format(source=STATE))
    return kernel


def _run(kernel: Kernel, code: str) -> Cell:
    cell = kernel.run(code)
    assert not cell.error, f"{code}\n{cell.traceback}"
    return cell


def write(folder: Path, files) -> None:
    """Write or delete files of the project."""
    for name, text in files.items():
        path = folder / name
        if text is None:
            path.unlink(missing_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


class _Plain:
    """The cells as they are, without the workbench."""

    def __init__(self, running: Kernels, folder: Path) -> None:
        self.running, self.folder = running, folder
        self.counter = folder.parent / "count"

    def begin(self, role: str) -> Kernel:
        kernel = self.running.get("plain")
        self.start(kernel)
        return kernel

    def start(self, kernel: Kernel) -> None:
        _run(kernel, BEGIN.format(folder=str(self.folder), counter=str(self.counter)))

    def end(self, kernel: Kernel) -> None:
        _run(kernel, FORGET.format(folder=str(self.folder)) + CLEAR)

    def cell(self, case: Case, body: str, name: str = "trap") -> str:
        return body

    def code(self, text: str) -> str:
        """The user's other cells: functions are no steps."""
        return _STEP.sub("", text)


class _Workbench(_Plain):
    """The body as a step."""

    def begin(self, role: str) -> Kernel:
        kernel = self.running.get(role)
        self.start(kernel)
        kernel.begin(self.folder, self.folder / "cache", {})
        return kernel

    def end(self, kernel: Kernel) -> None:
        _run(kernel, END.format(folder=str(self.folder)))

    def cell(self, case: Case, body: str, name: str = "trap") -> str:
        return body if case.plainly else f"%%step {name} {case.line}\n{body}\n"

    def code(self, text: str) -> str:
        return text


def plainly(case: Case, running: Kernels, folder: Path) -> Seen:
    """What running the cells without a cache comes to."""
    return _twice(case, _Plain(running, folder), folder)


def with_workbench(
    case: Case, running: Kernels, folder: Path, first: str = "", second: str = ""
) -> Seen:
    """What the workbench makes of it; `first` and `second` are run first in its two kernels."""
    return _twice(case, _Workbench(running, folder), folder, first, second)


def _twice(
    case: Case, way: _Plain, folder: Path, first_patch: str = "", second_patch: str = ""
) -> Seen:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    write(folder, {"pyproject.toml": "[tool.workbench]\n", **case.files})
    way.counter.write_bytes(b"")
    seen = Seen()
    kernel = way.begin("first")
    try:
        _prepare(kernel, first_patch, way.code(case.setup))
        first = kernel.run(way.cell(case, case.body))
        if "no option" in first.error:
            return Seen(error=first.error)
        before = _values(kernel, case)
        executed = way.counter.stat().st_size
        write(folder, case.edits)
        if case.restart:
            way.end(kernel)
            kernel = way.begin("second")
            _prepare(kernel, second_patch, way.code(case.setup_again or case.setup))
        _prepare(kernel, f"{REFRESH}\n{way.code(case.then)}")
        second = first
        if not (case.once and type(way) is _Plain):
            name = "renamed" if case.renamed else "trap"
            second = kernel.run(way.cell(case, case.again or case.body, name))
        seen.values = _values(kernel, case)
        seen.before = before
    finally:
        way.end(kernel)
    seen.error = second.error
    seen.executions = way.counter.stat().st_size - executed
    seen.status, seen.why = second.step.get("status", ""), second.step.get("why", "")
    seen.first_why = first.step.get("why", "")
    seen.shown = [_shown(first), _shown(second)]
    return seen


def _prepare(kernel: Kernel, *cells: str) -> None:
    for code in cells:
        if code:
            _run(kernel, code)


def _values(kernel: Kernel, case: Case) -> str:
    """The reprs of the outputs, or the error that asking for them is."""
    if not case.outputs:
        return ""
    asked = ", ".join(f"repr({expression})" for expression in case.outputs)
    cell = kernel.run(f"print('\\n'.join([{asked}]), end='')")
    return cell.error or cell.text


def _shown(cell: Cell) -> list[dict]:
    """What a cell showed besides its record: displays in order, and the streams' text between them.

    A kernel sends its two streams in pieces of their own, so their order between two displays is
    nobody's doing.
    """
    shown: list[dict] = [{}]
    for output in cell.outputs:
        if STEP_MIME in output.get("data", {}):
            continue
        if "stream" in output:
            part = shown[-1]
            part[output["stream"]] = part.get(output["stream"], "") + output["text"]
        else:
            shown += [{"data": output["data"]}, {}]
    return [part for part in shown if part]
