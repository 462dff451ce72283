"""The facts of a step that reads the values given, as its checkpoint would keep them."""

from __future__ import annotations

import msgspec
from notebook_code import TestSources, cell

from workbench.keys import canonical, code
from workbench.keys.changes import Facts, between
from workbench.keys.changes.describe import describe
from workbench.keys.manifest import Manifest


def kept(name, value):
    """A description as it comes back from where it was stored."""
    return msgspec.json.decode(msgspec.json.encode(describe(name, value, TestSources())))


def facts(source="", more=(), **values):
    sources = TestSources()
    components = [
        ("code", canonical.digest(code.normalised(source), sources)),
        *((f"input {name}", canonical.digest(value, sources)) for name, value in values.items()),
        *more,
    ]
    described = {f"input {name}": kept(name, value) for name, value in values.items()}
    return Facts(Manifest(tuple(components)), source, described)


def said(old, new):
    return [change.what for change in between(old, new)]


def of_value(old, new, name="v"):
    """What is said where the input `v` was one value and is another."""
    return said(facts(**{name: old}), facts(**{name: new}))


def of_cells(old, new, name="v"):
    """What is said where cells of these texts leave the input `v`."""
    return of_value(cell(old)[name], cell(new)[name], name)
