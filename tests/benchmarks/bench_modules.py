"""What the key of a module of 100 functions costs, cold and warm.

    python tests/benchmarks/bench_modules.py

Prints medians in microseconds of processor time. Cold: nothing is remembered of the module's text or its functions'
code. Warm: all is, as in a kernel's second step. Not a test: figures vary with the machine.
"""

from __future__ import annotations

import importlib
import statistics
import sys
import tempfile
import time
from pathlib import Path

FUNCTION = '''
def f{n}(text, size={n}):
    """Return the text's part {n}."""
    parts = [part.strip() for part in text.split(SEPARATOR) if part]
    if len(parts) > size:
        return "".join(parts[:size]) + str(LIMITS[{n}])
    return json.dumps(parts)
'''
ROUNDS = 30


def median_us(action, prepare=lambda: None):
    """Median of single timings, in microseconds."""
    times = []
    for _ in range(ROUNDS):
        prepare()
        began = time.thread_time_ns()
        action()
        times.append((time.thread_time_ns() - began) / 1000)
    return statistics.median(times)


def main() -> None:
    folder = Path(tempfile.mkdtemp())
    calls = "\n".join(f"    f{n}('a')" for n in range(100))
    (folder / "hundred.py").write_text(
        "import json\nSEPARATOR = ','\nLIMITS = list(range(100))\n"
        + "".join(FUNCTION.format(n=n) for n in range(100))
        + f"\ndef run():\n{calls}\n"
    )
    sys.path.insert(0, str(folder))

    from workbench.cells import modules
    from workbench.cells.modules import loaded, sources
    from workbench.keys import canonical, code

    loaded.watch()
    module = importlib.import_module("hundred")
    functions = [getattr(module, f"f{n}") for n in range(100)]

    def forget():
        modules._read.cache_clear()
        modules.imports.cache_clear()
        code._digests.clear()
        code._taken.clear()
        code._function_text.cache_clear()
        sources._texts.clear()

    def digest(value):
        return lambda: canonical.digest(value, sources.FileSources())

    def texts():
        here = sources.FileSources()
        for function in functions:
            code.function_text(function.__code__, here.source_of(function))

    rows = [
        ("module's digest", lambda: sources.FileSources().module_digest("hundred"), 1),
        ("a function that calls all 100", digest(module.run), 1),
        ("the module, passed on whole", digest(module), 1),
        ("code of one function", lambda: [code.code_digest(f.__code__) for f in functions], 100),
        ("reads of one function", lambda: [code.reads(f.__code__) for f in functions], 100),
        ("text of one function", texts, 100),
    ]
    print(f"{'':34}{'cold us':>10}{'warm us':>10}")
    for name, action, number in rows:
        cold, warm = median_us(action, forget) / number, median_us(action) / number
        print(f"{name:34}{cold:10.1f}{warm:10.2f}")


if __name__ == "__main__":
    main()
