"""Stores of earlier versions, as they were committed: recorded calls are never paid for again."""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path

import make_store
import pytest

STORES = Path(__file__).parent / "stores"
STEPS = {
    "schema-1": (),  # the step key has changed since: its steps execute, over recorded calls
    "schema-2": make_store.NAMES,
}
"""The steps of each store that are still served, in the Python that made it."""


@pytest.fixture(params=sorted(STEPS))
def old(request, folder):
    """The name of a store, and what its notebook gave; the store lies in `folder`/cache."""
    with zipfile.ZipFile(STORES / f"{request.param}.zip") as file:
        file.extractall(folder)
    return request.param, json.loads((folder / "expected.json").read_text())


def test_every_store_is_held_to_something_and_is_small():
    found = {path.stem: path.stat().st_size for path in STORES.iterdir()}
    assert found.keys() == STEPS.keys()
    assert max(found.values()) < 100_000


def test_every_call_of_an_old_store_is_served_and_gives_what_it_gave(old, folder, provider):
    _, expected = old
    provider.answer = lambda prompt, n: "asked again"
    found = make_store.run(folder, provider.url)
    assert provider.requests == []
    assert found["values"] == expected["values"]
    new = found["calls"][len(expected["calls"]) :]
    served = [status for _, status, _ in found["steps"][len(expected["steps"]) :]]
    assert new or set(served) == {"hit"}  # a step that is served makes no call at all
    assert {status for _, status in new} <= {"hit"}


def test_every_step_of_an_old_store_is_served_while_its_key_stands(old, folder, provider):
    name, expected = old
    if expected["python"] != sys.version and STEPS[name]:
        pytest.skip(
            f"NOT TESTED: the steps' keys name the Python that made them, {expected['python']}"
        )
    found = make_store.run(folder, provider.url)
    new = {name: status for name, status, _ in found["steps"][len(expected["steps"]) :]}
    assert new.keys() == set(make_store.NAMES)
    assert {step: new[step] for step in STEPS[name]} == dict.fromkeys(STEPS[name], "hit")


def test_an_empty_store_would_ask_again(folder, provider):
    """Negative control: what is served above comes from the old store."""
    found = make_store.run(folder, provider.url)
    assert len(provider.requests) == len(found["calls"]) == 5
    again = make_store.run(folder, provider.url)
    assert len(provider.requests) == 5
    new = {name: status for name, status, _ in again["steps"][5:]}
    assert {new[step] for step in make_store.PLAIN_STEPS} == {"hit"}
