"""Interrupts: a step ends within 1.5 s, nothing half-made is kept, what was answered is."""

from __future__ import annotations

import time

import pytest

BODIES = {
    "sync": "time.sleep(30)",
    "busy": "while time.monotonic() < until:\n    pass",
    "awaiting": "await asyncio.sleep(30)",
    "busy in a coroutine": "await asyncio.sleep(0)\ntime.sleep(30)",
    "busy in a task": (
        "async def work():\n    await asyncio.sleep(0)\n    time.sleep(30)\n"
        "await asyncio.gather(work(), work())"
    ),
    "in a step inside": "inner()",
    "in an awaited step inside": "await ainner()",
    "that catches all errors": "try:\n    time.sleep(30)\nexcept Exception:\n    pass",
}


@pytest.mark.parametrize("kind", BODIES)
def test_an_interrupt_ends_a_step_soon_and_keeps_no_outcome(kernel, kind):
    kernel.run(
        "import time, asyncio, workbench as wb\nuntil = time.monotonic() + 30\n"
        "@wb.step\ndef inner():\n    time.sleep(30)\n"
        "@wb.step\nasync def ainner():\n    await asyncio.sleep(0)\n    time.sleep(30)\n"
    )
    message = kernel.send(f"%%step s\nprint('begun', flush=True)\n{BODIES[kind]}\ndone = 1\n")
    time.sleep(0.7)
    began = time.monotonic()
    kernel.manager.interrupt_kernel()
    cell = kernel.collect(message)
    assert time.monotonic() - began < 1.5
    assert cell.error.startswith(("KeyboardInterrupt", "CancelledError")), cell.error
    assert cell.step["status"] == "failed"
    assert kernel.value("'done' in globals()") == "False"
    kernel.run("wb.sql('select 1')")
    assert kernel.run("%%step t\nx = 1\n").step["status"] == "completed"  # the kernel goes on


def test_a_second_interrupt_after_the_first_works_as_well(kernel):
    kernel.run("import time, asyncio")
    for _ in range(2):
        message = kernel.send("%%step s\nawait asyncio.sleep(0)\ntime.sleep(30)\n")
        time.sleep(0.5)
        kernel.manager.interrupt_kernel()
        assert kernel.collect(message).error
    assert not kernel.run("await asyncio.sleep(0)").error
