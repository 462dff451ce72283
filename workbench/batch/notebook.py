"""A notebook file and its parameters, checked before anything runs."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
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


def parameter(text: str) -> tuple[str, Json]:
    """`name=value` as a name and a bool, None, int, float or str. Raises: UsageError."""
    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise UsageError(f"-p {text!r} is not name=value", remedy="write it as -p name=value")
    if value.lower() in _WORDS:
        return name, _WORDS[value.lower()]
    for kind in (int, float):
        with contextlib.suppress(ValueError):
            return name, kind(value)
    return name, value


def _parameters(path: Path) -> list[str]:
    from nbformat.reader import NotJSONError
    from papermill import inspect_notebook

    try:
        return list(inspect_notebook(str(path)))
    except (NotJSONError, ValueError, AttributeError, KeyError, TypeError) as error:
        first = (
            str(error).strip().splitlines()[0][:120] if str(error).strip() else type(error).__name__
        )
        raise UsageError(
            f"{path.name} is not a notebook that can be read: {first}",
            remedy="open and save it in Jupyter",
        ) from None
