"""The `%%step` magic: parses its line, makes a step, starts it."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from workbench import clock
from workbench.cells import options, transform
from workbench.cells.code import cell_number
from workbench.cells.session import cell_place, session
from workbench.cells.step import Step

_as_python: dict[str, str] = {}
"""The body of the cell that is about to run, as IPython's transformers made it Python.

Never kept for another run: a user's own transformer may go by more than the text.
"""


def step(line: str, cell: str) -> Coroutine[Any, Any, None] | None:
    """Make this cell a checkpoint: `%%step NAME [OPTIONS]`.

    The first run executes the cell and keeps its outcome: the names it binds, what it shows, and
    every LLM call in it with its raw answer. The next run, in this kernel or another, restores
    the outcome if nothing that the cell depends on changed; else it executes again, and calls
    that did not change are served from their records for nothing. `%wb why NAME` says what
    changed, `%wb status` what every step of the notebook would do.

    --in=A,B         names that it reads in a way that its code does not show
    --out=A,B        the only names to keep
    --ignore=A,B     inputs that do not count, such as a logger
    --file=PATH      a file or pattern that counts by content, for readers that are not Python's
    --ttl=7d         serve its outcome for so long, to other runs too (90s, 15m, 1.5h, 7d, 2w)
    --refresh        execute it over recorded calls; the new outcome is served from then on
    --refresh=calls  make its calls again too, and pay for them
    --strict         refuse undeclared writes to other hosts before they are sent
    --effects=send   send wb.post and wb.email at once (default in notebooks: hold)
    --effects=hold   keep them until `%wb send NAME`

    The same as a comment, plain Python to other tools: `#| step: NAME --ttl=7d`.
    """
    from IPython import get_ipython

    started_s = clock.monotonic_s()
    shell = get_ipython()
    name, told = options.parse(line)
    here = session()
    here.claim_name(name, cell_place(shell), cell_number(shell))
    here.sources[name] = ((cell, told), clock.now_us())
    execution = here.execution(name, told.policy())
    body = _as_python.pop(cell, None) or shell.transform_cell(cell)
    pending = Step(here, shell, cell, execution, told, started_s).start(body)
    if pending is None and transform.awaits(body):
        return _nothing()  # the cell awaits it, though a hit leaves nothing to await
    return pending


async def _nothing() -> None:
    """What a hit leaves to be awaited."""


def register(shell: Any) -> None:
    """Add `%%step` and its comment form to a shell. Idempotent."""
    shell.register_magic_function(step, magic_kind="cell", magic_name="step")
    kept = [t for t in shell.input_transformers_cleanup if not getattr(t, "_workbench", False)]

    def as_python(body: str) -> str:
        _forget()
        _as_python[body] = found = shell.transform_cell(body)
        return str(found)

    def rewrite(lines: list[str]) -> list[str]:
        return transform.rewrite(lines, as_python)

    rewrite._workbench = True  # type: ignore[attr-defined]  # noqa: SLF001
    shell.input_transformers_cleanup[:] = [rewrite, *kept]
    if _forget not in shell.events.callbacks["post_run_cell"]:
        shell.events.register("post_run_cell", _forget)


def _forget(_result: Any = None) -> None:
    _as_python.clear()
