"""`workbench VERB`: the verbs in a terminal. Thin: parses words, calls the verb, prints its record."""

from __future__ import annotations

import functools
import re
import shutil
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from workbench.errors import WorkbenchError

_DRIVING = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="nbworkbench", prog_name="workbench")
def cli() -> None:
    """The workbench for AI pipelines in notebooks: run them, look at what they did and cost.

    \b
    workbench demo                          the whole story on a dozen real mails
    workbench run NOTEBOOK -p doc=a.txt     run a notebook; recorded calls cost nothing
    workbench runs                          what ran, what it cost, what it saved
    workbench sql "select * from calls"     prompts, answers, tokens, money
    """


@cli.command()
@click.argument("notebook")
@click.option(
    "-p", "params", multiple=True, metavar="NAME=VALUE", help="A parameter of the notebook."
)
@click.option(
    "--frozen", is_flag=True, help="Use recorded answers only; a missing one fails the run."
)
@click.option("--effects", type=click.Choice(["send", "hold"]), default="send", show_default=True)
@_JSON
def run(notebook: str, params: tuple[str, ...], frozen: bool, effects: Any, as_json: bool) -> int:  # noqa: FBT001
    """Run NOTEBOOK with parameters; the executed copy appears below the store's folder.

    \b
    workbench run notebooks/01_document_pipeline.ipynb
    workbench run report.ipynb -p month=2026-10 -p limit=20 --json
    workbench run report.ipynb --frozen          without a provider, from records

    Exit status: 0 succeeded, 1 failed, 2 bad usage, 3 an effect is in doubt.
    """
    from workbench.batch.notebook import given
    from workbench.batch.run import run as run_notebook
    from workbench.batch.summary import summary

    result = run_notebook(notebook, given(notebook, params), frozen=frozen, effects=effects)
    told = summary(result)
    click.echo(_json(told.facts) if as_json else told.line)
    return result.exit_status


@cli.command()
@click.argument("limit", type=int, default=20)
@_JSON
def runs(limit: int, as_json: bool) -> None:  # noqa: FBT001
    """The newest runs: status, calls, money spent and saved."""
    from workbench import verbs

    _print(verbs.runs(limit), as_json=as_json)


@cli.command()
@click.argument("run", default="")
@_JSON
def steps(run: str, as_json: bool) -> None:  # noqa: FBT001
    """The newest step executions, or those of one RUN."""
    from workbench import verbs

    _print(verbs.steps(run), as_json=as_json)


@cli.command()
@click.argument("step", default="")
@_JSON
def calls(step: str, as_json: bool) -> None:  # noqa: FBT001
    """The newest calls, or those of one STEP: prompt, answer, tokens, cost."""
    from workbench import verbs

    _print(verbs.calls(step), as_json=as_json)


@cli.command()
@click.argument("step", default="")
@_JSON
def effects(step: str, as_json: bool) -> None:  # noqa: FBT001
    """The newest effects, or those of one STEP: webhooks and mails."""
    from workbench import verbs

    _print(verbs.effects(step), as_json=as_json)


@cli.command()
@click.argument("name")
@_JSON
def show(name: str, as_json: bool) -> None:  # noqa: FBT001
    """One run, step, call or effect in full, by its id, the start of it, or a step's name.

    \b
    workbench show extract
    workbench show call_0k3v
    """
    from workbench import verbs

    _print(verbs.show(name), as_json=as_json)


@cli.command()
@click.argument("step")
@_JSON
def why(step: str, as_json: bool) -> None:  # noqa: FBT001
    """Why the last execution of STEP ran: what changed, from what to what, line by line.

    \b
    workbench why extract
    workbench why notebooks/01_document_pipeline.ipynb#extract
    """
    from workbench import verbs
    from workbench.ui.why import text

    found = verbs.why(step)
    if as_json:
        click.echo(_json(found))
        return
    width = shutil.get_terminal_size((160, 40)).columns
    click.echo(text(found, width=width, color=sys.stdout.isatty()))


@cli.command()
@click.argument("notebook")
@_JSON
def status(notebook: str, as_json: bool) -> None:  # noqa: FBT001
    """What each step of NOTEBOOK would do if it ran now: hit, stale, never, failed or unknown.

    Runs nothing: the saved notebook, its files and modules are compared with what is recorded.

    \b
    workbench status notebooks/01_document_pipeline.ipynb
    """
    from workbench import verbs

    _print(verbs.status(notebook), as_json=as_json)


@cli.command()
@click.argument("query")
@_JSON
def sql(query: str, as_json: bool) -> None:  # noqa: FBT001
    """One SELECT in DuckDB over runs, steps, calls, attempts and effects.

    \b
    workbench sql "select model, count(*), sum(cost_microusd) from calls group by model"
    """
    from workbench import verbs
    from workbench.views import Table

    relation = verbs.sql(query)
    rows = tuple(dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall())
    _print(Table("rows", tuple(relation.columns), rows), as_json=as_json)


@cli.command()
@click.argument("step")
@_JSON
def send(step: str, as_json: bool) -> None:  # noqa: FBT001
    """Send the effects that STEP holds, each at most once."""
    from workbench import verbs

    _print(verbs.send(step), as_json=as_json)


@cli.command()
@click.argument("key")
@click.option("--sent/--not-sent", "sent", default=None, help="What its receiver says.")
@_JSON
def resolve(key: str, sent: bool | None, as_json: bool) -> None:  # noqa: FBT001
    """Settle an effect that is in doubt, by what its receiver says."""
    from workbench import verbs

    if sent is None:
        raise click.UsageError("say --sent or --not-sent")
    row = verbs.resolve(key, sent=sent)
    click.echo(_json(row) if as_json else f"{row.kind} to {row.target} is now {row.status}")


@cli.command()
@click.argument("file", type=click.Path(path_type=Path))
@_JSON
def export(file: Path, as_json: bool) -> None:  # noqa: FBT001
    """Write every recorded call as text to FILE (.jsonl), sorted by key."""
    from workbench import verbs

    count = verbs.export(file)
    click.echo(_json({"calls": count}) if as_json else f"{count} calls in {file}")


@cli.command(name="import")
@click.argument("file", type=click.Path(path_type=Path))
@_JSON
def import_(file: Path, as_json: bool) -> None:  # noqa: FBT001
    """Add the calls of a recording to the store."""
    from workbench import verbs

    new, count = verbs.load(file)
    click.echo(
        _json({"new": new, "calls": count}) if as_json else f"{count} calls, {new} of them new"
    )


@cli.command()
@_JSON
def doctor(as_json: bool) -> int:  # noqa: FBT001
    """Check the store and the installation; changes nothing."""
    from workbench import verbs

    found = verbs.doctor()
    _print(found, as_json=as_json)
    return int(any(row["status"] != "ok" for row in found.rows))


@cli.group()
def model() -> None:
    """The embedded local model: SmolLM2-135M-Instruct, no key, no compiler."""


@model.command()
@_JSON
def pull(as_json: bool) -> None:  # noqa: FBT001
    """Fetch its weights (93 MB, checked) below the store's folder."""
    from workbench import demo

    weights = demo.pull()
    click.echo(_json(weights) if as_json else f"{weights.name} is at {weights.path}")


@model.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8137, show_default=True)
def serve(port: int) -> None:
    """Serve it on this machine as an OpenAI-compatible API, until interrupted."""
    from workbench import demo

    demo.serve(port)


@cli.command()
@_JSON
def demo(as_json: bool) -> int:  # noqa: FBT001
    """The main job on a dozen real mails: run it, then replay it without the provider.

    Uses OPENAI_API_KEY / OPENAI_BASE_URL if set (and OPENAI_MODEL), else the embedded model.
    """
    from workbench import demo as story

    return story.tell(echo=_quiet if as_json else click.echo, finish=_finish(as_json=as_json))


def main() -> None:
    """The command's entry point; its exit status is 0, 1, 2 or 3 as `run --help` says."""
    try:
        status = cli.main(standalone_mode=False)
    except WorkbenchError as error:
        _complain(str(error))
        status = error.exit_status
    except click.ClickException as error:
        _complain(_usage(error))
        status = 2
    except click.Abort:
        _complain("interrupted; what was recorded is kept → run the same command again")
        status = 130
    sys.exit(status or 0)


def _usage(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "workbench"
    return f"{error.format_message().rstrip('.')} → see `{command} --help`"


def _complain(text: str) -> None:
    from workbench.ui.text import one_line

    click.echo(f"workbench: {one_line(text, 1000)}", err=True)


def _print(record: Any, *, as_json: bool) -> None:
    if as_json:
        click.echo(_json(record.rows if hasattr(record, "rows") else record))
        return
    from workbench.ui.table import text

    width = shutil.get_terminal_size((160, 40)).columns
    click.echo(text(record, width=width, color=sys.stdout.isatty()))


def _json(value: Any) -> str:
    """JSON for a terminal or a program: what could drive the one is escaped, and the same to the other."""
    text = msgspec.json.format(msgspec.json.encode(value, enc_hook=_plain), indent=2).decode()
    return _DRIVING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _quiet(_text: str) -> None:
    """With --json nothing but JSON is printed."""


def _finish(*, as_json: bool) -> Callable[[Any], None]:
    return functools.partial(_told, as_json)


def _told(as_json: bool, facts: Any) -> None:  # noqa: FBT001
    if as_json:
        click.echo(_json(facts))


if __name__ == "__main__":
    main()
