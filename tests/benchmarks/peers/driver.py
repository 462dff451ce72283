"""Runs a phase of a trap under another tool; it lives in that tool's own environment.

A line of JSON in, a line of JSON out. Each phase is a fork of a process that has the tool loaded, so it
starts with nothing of the phase before. The first argument names the tool.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import sys
import traceback

COUNT = "__import__('os').write(200, b'.')"
LIMIT_S = 30


def prepare(phase: dict) -> None:
    """Make this process the tool's, in the phase's folder, executions counted on descriptor 200."""
    os.chdir(phase["folder"])
    sys.path.insert(0, phase["folder"])
    sys.dont_write_bytecode = True
    opened = os.open(phase["counter"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(opened, 200)
    signal.alarm(LIMIT_S)


def answer(run, phase: dict) -> dict:
    """What a phase came to: values, error, text printed by the body."""
    prepare(phase)
    try:
        return run(phase)
    except BaseException as error:
        last = traceback.format_exc().strip().splitlines()[-1]
        return {"error": f"{type(error).__name__}: {last}", "values": "", "text": ""}


def forked(run, phase: dict) -> dict:
    """The phase's answer from a process of its own."""
    reads, writes = os.pipe()
    child = os.fork()
    if not child:
        os.close(reads)
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        with os.fdopen(writes, "w") as out:
            out.write(json.dumps(answer(run, phase)))
        os._exit(0)
    os.close(writes)
    with os.fdopen(reads) as told:
        text = told.read()
    os.waitpid(child, 0)
    return json.loads(text) if text else {"error": "the process died", "values": "", "text": ""}


def values_of(expressions: list[str], namespace: dict) -> str:
    """Reprs of the outputs, or the error that asking for them is."""
    try:
        return "\n".join(repr(eval(each, namespace)) for each in expressions)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def captured(do) -> str:
    """What a call printed."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        do()
    return printed.getvalue()


def main() -> None:
    if sys.argv[1] == "joblib":
        from by_joblib import run
    else:
        from by_marimo import run
    for line in sys.stdin:
        print(json.dumps(forked(run, json.loads(line))), flush=True)


if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    main()
