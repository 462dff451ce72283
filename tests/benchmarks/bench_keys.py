"""What the key of a value costs, as ratios to one pass of xxh3 over the same bytes in the same run.

    pip install -e '.[bench]'
    python tests/benchmarks/bench_keys.py [--small]

Prints medians. `--small` takes a tenth of the rows and bytes. Not a test: figures vary with the
machine, ratios less.
"""

from __future__ import annotations

import gc
import json
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import xxhash

from workbench.keys import canonical
from workbench.store.checkpoints import DiskStore

SMALL = "--small" in sys.argv
ROWS = 100_000 if SMALL else 1_000_000
ARRAY_BYTES = (1 << 30) // (10 if SMALL else 1)
LETTERS = "abcdefghijklmnopqrstuvwxyz "


class NoSources:
    """Sources for values that hold no code."""

    def source_of(self, code_owner):
        return None

    def module_digest(self, name):
        return None


def interleaved(actions, rounds):
    """Medians in µs of actions that take turns, so that all meet the same machine."""
    times = [[] for _ in actions]
    gc.collect()
    gc.disable()
    for _ in range(rounds):
        for number, action in enumerate(actions):
            began = time.perf_counter_ns()
            action()
            times[number].append((time.perf_counter_ns() - began) / 1000)
    gc.enable()
    return [statistics.median(each) for each in times]


def key(value, note=None):
    return canonical.digest(value, NoSources(), note=note)


def noted(value):
    return key(value, note=set().add)


def texts(count, seed):
    rng = random.Random(seed)
    return ["".join(rng.choices(LETTERS, k=rng.randint(10, 20))) for _ in range(count)]


def frame(dtype):
    """A frame as the goals mean it: two columns of numbers, two of texts of 10 to 20 characters."""
    numbers = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "number": numbers.integers(0, 1 << 40, ROWS),
            "share": numbers.random(ROWS),
            "name": pd.Series(texts(ROWS, 1), dtype=dtype),
            "city": pd.Series(texts(ROWS, 2), dtype=dtype),
        }
    )


def buffers(data):
    """The Arrow buffers of a frame or list: the bytes that a pass over it would read."""
    table = pa.Table.from_pandas(data) if isinstance(data, pd.DataFrame) else None
    chunks = (
        [c for column in table.columns for c in column.chunks]
        if table is not None
        else [pa.array(data)]
    )
    return [memoryview(b) for chunk in chunks for b in chunk.buffers() if b is not None]


def floor_of(blocks):
    def action():
        hasher = xxhash.xxh3_128()
        for block in blocks:
            hasher.update(block)
        hasher.digest()

    return action


def config(depth=4):
    """A nested configuration: about 340 small dicts."""
    leaf = {"rate": 0.1, "names": ["a", "b"], "on": True, "limit": None}
    return leaf if not depth else {f"section {n}": config(depth - 1) for n in range(4)} | leaf


def values():
    """Name, value, bytes that a floor reads, rounds, goal as a ratio to the floor (None: none)."""
    record = {f"field {n}": "x" * 40 for n in range(16)} | {
        "n": 1,
        "share": 0.5,
        "tags": ["a", "b"],
    }
    yield "dict of 1 KB (goal 30 us)", record, [json.dumps(record).encode()], 2000, None
    array = np.random.default_rng(0).random(ARRAY_BYTES // 8)
    yield "array of 1 GB", array, [memoryview(array).cast("B")], 3 if not SMALL else 9, 2
    del array
    for dtype in ("object", "str"):
        data = frame(dtype)
        yield f"frame of 1e6 rows, {dtype}", data, buffers(data), 7, 5
        del data
    numbers = list(range(ROWS))
    yield "list of 1e6 ints", numbers, buffers(numbers), 7, None
    words = texts(2 * ROWS, 3)
    yield "list of 2e6 texts", words, buffers(words), 5, None
    dicts = [{"id": n, "name": f"name {n}", "score": n / 7} for n in range(ROWS // 10)]
    yield "list of 1e5 dicts", dicts, [json.dumps(dicts).encode()], 5, None
    nested = config()
    yield "nested config", nested, [json.dumps(nested).encode()], 50, None


def of_keys():
    print(
        f"{'key of':34}{'xxh3, us':>12}{'key, us':>12}{'ratio':>8}{'noted, us':>12}{'ratio':>8}  goal"
    )
    for name, value, blocks, rounds, goal in values():
        floor, plain, told = interleaved(
            [floor_of(blocks), lambda v=value: key(v), lambda v=value: noted(v)], rounds
        )
        print(
            f"{name:34}{floor:12,.0f}{plain:12,.0f}{plain / floor:8.1f}{told:12,.0f}"
            f"{told / floor:8.1f}  {f'{goal} x' if goal else ''}",
            flush=True,
        )


def of_names():
    """What telling aliases between names costs over the digests one by one."""
    if not hasattr(canonical, "digests"):
        return
    array = np.random.default_rng(0).random(1_000_000)
    dicts = [{"id": n, "name": f"name {n}"} for n in range(10_000)]
    apart = {"a": array, "b": dicts, "c": {"x": [1, 2]}, "d": frame("str"), "e": "text"}
    shared = apart | {"f": dicts, "g": array[5:]}
    print(f"\n{'names':34}{'each, us':>12}{'digests, us':>12}{'ratio':>8}")
    for name, named in (("five apart", apart), ("seven, some shared", shared)):
        each, whole = interleaved(
            [
                lambda n=named: [key(v) for v in n.values()],
                lambda n=named: canonical.digests(n, NoSources()),
            ],
            9,
        )
        print(f"{name:34}{each:12,.0f}{whole:12,.0f}{whole / each:8.2f}")


def of_store():
    """A checkpoint of 1 KB read, against the same row read by diskcache."""
    with tempfile.TemporaryDirectory() as folder:
        store = DiskStore(Path(folder))
        names = [f"step/{n:064x}" for n in range(500)]
        for name in names:
            store.add(name, {"kind": "step", "status": "completed", "n": 1}, [b"x" * 1000])
        turns = [iter(names * 40) for _ in range(3)]
        raw = store._cache
        cold = DiskStore(Path(folder))
        one = names[0]
        floor, ours, again = interleaved(
            [
                lambda: raw.get(next(turns[0])),
                lambda: cold.get(next(turns[1])),
                lambda: store.get(one),
            ],
            5000,
        )
        print(f"\n{'read of 1 KB':34}{'us':>12}{'ratio':>8}")
        rows = (("diskcache get", floor), ("ours", ours), ("ours, the same again", again))
        for name, us in rows:
            print(f"{name:34}{us:12.1f}{us / floor:8.2f}")
        store.close()
        cold.close()


if __name__ == "__main__":
    of_keys()
    of_names()
    of_store()
