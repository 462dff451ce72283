"""What a hit and a miss cost, of a call and of a step, as ratios to the raw store's get and put.

    python tests/benchmarks/bench_core.py

Prints medians. No network: the provider is an empty in-memory transport. Not a test: figures vary
with the machine, ratios less.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 300


def median_us(action, rounds=ROUNDS):
    """Median of single timings, in microseconds."""
    times = []
    for number in range(rounds):
        began = time.perf_counter_ns()
        action(number)
        times.append((time.perf_counter_ns() - began) / 1000)
    return statistics.median(times)


def main() -> None:
    folder = Path(tempfile.mkdtemp())
    os.environ["WORKBENCH_CACHE"] = str(folder)
    os.chdir(folder)

    import httpx2
    from openai import OpenAI

    from workbench import clock
    from workbench.calls import context
    from workbench.calls.context import Execution
    from workbench.calls.install import install
    from workbench.store.folder import open_store

    sys.path.insert(0, str(Path(__file__).parents[1]))
    from provider import chat_answer

    install()
    store = open_store()
    body = json.dumps(chat_answer("x" * 500)).encode()
    raw = store.checkpoints._cache
    rows = []

    value = body + b"y" * 1500
    put = median_us(lambda n: raw.add(f"raw/{n}", value))
    get = median_us(lambda n: raw.get(f"raw/{n}"))
    rows.append(("raw store put", put, "put", 1.0))
    rows.append(("raw store get", get, "get", 1.0))

    transport = httpx2.MockTransport(
        lambda request: httpx2.Response(
            200, content=body, headers={"content-type": "application/json"}
        )
    )
    client = OpenAI(
        api_key="x", base_url="http://127.0.0.1/v1", http_client=httpx2.Client(transport=transport)
    )

    def ask(n):
        client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": f"prompt {n}"}]
        )

    def inside(action):
        def run(n):
            execution = Execution(store, "run", clock.new_id("step"), "bench")
            with context.entered(execution):
                action(n)

        return run

    for _ in range(20):
        ask(0)
    bare = median_us(ask)
    rows.append(("SDK over an empty transport", bare, "get", bare / get))
    miss = median_us(inside(ask))
    rows.append(("call, miss (recorded)", miss, "put", miss / put))
    rows.append(("  of it ours", miss - bare, "put", (miss - bare) / put))
    hit = median_us(inside(ask))
    rows.append(("call, hit", hit, "get", hit / get))
    rows.append(("  of it ours", hit - bare, "get", (hit - bare) / get))

    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    shell.display_pub.publish = lambda *_args, **_kwargs: None
    shell.run_line_magic("load_ext", "workbench")
    store.journal.flush()

    def cell(n):
        shell.run_cell(f"%%step s\nx = {{'a': {n}, 'b': 'text' * 250}}\n", store_history=False)

    def empty(n):
        shell.run_cell(f"x = {{'a': {n}, 'b': 'text' * 250}}\n", store_history=False)

    for n in range(20):
        cell(-n)
        empty(-n)
    plain = median_us(empty)
    made = median_us(cell)
    served = median_us(cell)
    rows.append(("plain cell", plain, "get", plain / get))
    rows.append(("step, miss (1 KB kept)", made, "put", made / put))
    rows.append(("  of it ours", made - plain, "put", (made - plain) / put))
    rows.append(("step, hit", served, "get", served / get))
    rows.append(("  of it ours", served - plain, "get", (served - plain) / get))

    print(f"{'':34}{'us':>10}  ratio")
    for name, us, floor, ratio in rows:
        print(f"{name:34}{us:10.0f}  {ratio:6.1f} x {floor}")


if __name__ == "__main__":
    main()
