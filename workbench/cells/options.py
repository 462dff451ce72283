"""What a step may be told beside its name: on `%%step`'s line, or as arguments of `@wb.step`."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, Literal

from workbench import config
from workbench.calls.context import Policy
from workbench.errors import UsageError

NAME = re.compile(r"[^\W\d][\w.-]*")
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(s|m|h|d|w)?")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_LISTS = {"--in": "given", "--out": "kept", "--ignore": "ignored", "--file": "files"}
_FORMS = (
    "--in=A,B", "--out=A,B", "--ignore=A,B", "--file=PATH", "--ttl=1h", "--refresh",
    "--refresh=calls", "--strict", "--effects=send|hold",
)  # fmt: skip

Refresh = Literal["", "step", "calls"]


@dataclass(frozen=True, slots=True)
class Options:
    """How one step is looked up and kept.

    Attributes:
        given: names that count as inputs although the code does not show that it reads them.
        kept: the only names to keep as outputs; None keeps all that were bound.
        ignored: inputs that do not count.
        files: paths and patterns whose files count by content.
        ttl_s: seconds for which an outcome is served, to other runs too; None: for ever, but a
            volatile one to its own run only.
        refresh: "step" executes again over recorded calls, "calls" makes those again too.
        strict: undeclared writes are refused before they are sent.
        effects: "send" at once or "hold"; None as the environment says.

    """

    given: tuple[str, ...] = ()
    kept: tuple[str, ...] | None = None
    ignored: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    ttl_s: float | None = None
    refresh: Refresh = ""
    strict: bool = False
    effects: str | None = None

    def policy(self) -> Policy:
        """The part that calls and effects obey. Raises: UsageError."""
        frozen = config.frozen()
        if frozen and self.refresh == "calls":
            raise UsageError(
                "--refresh=calls makes calls again, and this run may only use recorded ones",
                remedy="run it without --frozen",
            )
        return Policy(
            frozen=frozen,
            strict=self.strict,
            effects="hold" if frozen else self.effects or config.effect_mode(),
            refresh=bool(self.refresh),
            refresh_calls=self.refresh == "calls",
        )


def parse(line: str) -> tuple[str, Options]:
    """`NAME [--in=A,B] …`: the step's name and options. Raises: UsageError, naming what is wrong.

    A list is given as `--in=a,b` or `--in a,b`, and may be repeated.
    """
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise UsageError(f"%%step {line}: {error}", remedy="close the quotation") from None
    if not words or not NAME.fullmatch(words[0]):
        raise UsageError(
            f"%%step needs a name, not {(words or [''])[0]!r}",
            remedy="write `%%step NAME`: a letter, then letters, digits, `_`, `-` or `.`",
        )
    options = Options()
    rest = iter(words[1:])
    for word in rest:
        option, sign, value = word.partition("=")
        if option in {*_LISTS, "--ttl"} and not sign:
            value = next(rest, "")
        options = _with(options, option, sign, value, word)
    return words[0], options


def _with(options: Options, option: str, sign: str, value: str, word: str) -> Options:
    if option in _LISTS:
        field = _LISTS[option]
        names = tuple(filter(None, value.split(",")))
        if not names or value.startswith("--"):
            raise UsageError(f"%%step: {option} names nothing", remedy=f"write `{option}=NAME`")
        more: dict[str, Any] = {field: (*(getattr(options, field) or ()), *names)}
        return replace(options, **more)
    if option == "--ttl":
        return replace(options, ttl_s=seconds(value))
    if option == "--refresh" and value in ({"calls"} if sign else {""}):
        return replace(options, refresh="calls" if value else "step")
    if option == "--strict" and not sign:
        return replace(options, strict=True)
    if option == "--effects" and value in {"send", "hold"}:
        return replace(options, effects=value)
    close = get_close_matches(option, [form.partition("=")[0] for form in _FORMS], 1)
    meant = f"did you mean {close[0]}? " if close and close[0] != option else ""
    raise UsageError(
        f"%%step has no option {word!r}",
        remedy=f"{meant}options are {', '.join(_FORMS)}; see `%%step?`",
    )


def seconds(text: str | float) -> float:
    """A duration in seconds: a number, or text such as "90s", "15m", "1.5h", "7d", "2w".

    Raises:
        UsageError: it is none of these, or not above 0.

    """
    found = _DURATION.fullmatch(str(text))
    length = float(found[1]) * _SECONDS[found[2] or "s"] if found else 0.0
    if not length:
        raise UsageError(
            f"{text!r} is no duration", remedy="write seconds, or 90s, 15m, 1.5h, 7d, 2w"
        )
    return length


def expect_names(option: str, names: Iterable[str], known: Iterable[str], what: str) -> None:
    """Raise UsageError for the first of `names` that is not in `known`, naming what there is."""
    there = sorted(known)
    for name in names:
        if name not in there:
            close = get_close_matches(name, there, 1)
            shown = ", ".join(there[:12]) or "nothing"
            raise UsageError(
                f"{option} {name}: {what}",
                remedy=f"did you mean {close[0]}?" if close else f"there is: {shown}",
            )
