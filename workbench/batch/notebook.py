"""A notebook file and its parameters, checked before anything runs."""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from workbench.errors import UsageError
from workbench.model import Json

_WORDS: dict[str, Json] = {"true": True, "false": False, "none": None, "null": None}


def checked(path: str | Path, params: Mapping[str, Json]) -> Path:
    """The notebook's absolute path. Raises: UsageError if it is missing, unreadable or lacks a parameter."""
    whole = Path(path).absolute()
    if not whole.is_file():
        near = sorted(p.name for p in whole.parent.glob("*.ipynb")) if whole.parent.is_dir() else []
        there = f"notebooks there: {', '.join(near[:8])}" if near else "check the path"
        raise UsageError(f"there is no notebook {path}", remedy=there)
    known = _parameters(whole)
    for name in params:
        if name not in known:
            has = f"it has: {', '.join(known)}" if known else "it has no cell tagged `parameters`"
            raise UsageError(
                f"{whole.name} has no parameter {name!r}",
                remedy=f"{has}; assign a default in the cell tagged `parameters`",
            )
    return whole


def given(notebook: str | Path, texts: Iterable[str]) -> dict[str, Json]:
    """`name=value` texts as values of the types of the notebook's defaults.

    Raises:
        UsageError: no such notebook or parameter, or a text that is no value of its type.

    """
    pairs = dict(map(_split, texts))
    defaults = _defaults(checked(notebook, pairs)) if pairs else {}
    return {name: _typed(name, text, defaults.get(name)) for name, text in pairs.items()}


def _split(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise UsageError(f"-p {text!r} is not name=value", remedy="write it as -p name=value")
    return name, value


def _typed(name: str, text: str, default: Json) -> Json:
    if isinstance(default, str):
        return text
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    for kind in (int, float):
        with contextlib.suppress(ValueError):
            return kind(text)
    if isinstance(default, int | float):
        raise UsageError(
            f"-p {name}={text} is no {type(default).__name__}, as its default {default!r} is",
            remedy="give a number",
        )
    return text


def _defaults(path: Path) -> dict[str, Json]:
    """Defaults that are plain literals."""
    found = {}
    for name, parameter in _inspected(path).items():
        with contextlib.suppress(ValueError, SyntaxError):
            found[name] = ast.literal_eval(parameter["default"])
    return found


def _parameters(path: Path) -> list[str]:
    return list(_inspected(path))


def _inspected(path: Path) -> dict[str, dict[str, str]]:
    from nbformat.reader import NotJSONError
    from papermill import inspect_notebook

    try:
        return dict(inspect_notebook(str(path)))
    except (NotJSONError, ValueError, AttributeError, KeyError, TypeError) as error:
        first = (
            str(error).strip().splitlines()[0][:120] if str(error).strip() else type(error).__name__
        )
        raise UsageError(
            f"{path.name} is not a notebook that can be read: {first}",
            remedy="open and save it in Jupyter",
        ) from None
