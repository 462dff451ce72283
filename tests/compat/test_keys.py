"""A value has the digest it had when `keys.json` was written, in any process and Python."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import values
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.keys import canonical

HERE = Path(__file__).parent
PYTHON = "{}.{}".format(*sys.version_info[:2])
GOLDEN = json.loads((HERE / "keys.json").read_text())
OTHERS = [name for name in ("3.11", "3.12", "3.13", "3.14") if name != PYTHON]
SEEDS = ("0", "77", "4242")


def test_every_value_has_the_digest_it_had():
    found = values.digests()
    own = {name: found.pop(name) for name in values.OF_THIS_PYTHON}
    assert found == GOLDEN["every python"]
    assert own == GOLDEN["python"].get(PYTHON, own)


def test_no_two_values_have_one_digest():
    found = values.digests()
    assert len({digest for name, digest in found.items() if digest}) == len(found) - 1
    assert found["sharing of two lists"] == ""


def program(python, seed):
    env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(HERE.parents[1])}
    return [python, str(HERE / "values.py")], env


@pytest.mark.parametrize("seed", SEEDS)
def test_the_hash_seed_does_not_count(seed):
    command, env = program(sys.executable, seed)
    found = json.loads(subprocess.check_output(command, env=env))
    assert found == values.digests()


# Other Pythons


def interpreter(version):
    """A Python of that version, found by name, or None."""
    found = shutil.which(f"python{version}")
    if found is None:
        return None
    asked = subprocess.run([found, "-c", "print(1)"], capture_output=True, check=False)
    return found if asked.stdout.strip() == b"1" else None  # a launcher may have nothing to launch


@pytest.fixture(scope="module", params=OTHERS)
def other(request, tmp_path_factory):
    """The Python of an environment of another version that has what keys need."""
    found = interpreter(request.param)
    if found is None:
        pytest.skip(f"NOT TESTED: there is no python{request.param} on PATH")
    folder = tmp_path_factory.mktemp(f"python{request.param}")
    made = subprocess.run([found, "-m", "venv", folder], capture_output=True, check=False)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    install = [python, "-m", "pip", "install", "-q", "--only-binary", ":all:"]
    needed = (
        made.returncode or subprocess.run([*install, "blake3", "msgspec"], check=False).returncode
    )
    if needed:
        pytest.skip(f"NOT TESTED: blake3 and msgspec cannot be installed for python{request.param}")
    subprocess.run([*install, *map(installed, ("numpy", "pandas", "pyarrow"))], check=False)
    return str(python)


def installed(package):
    """The version that is here: another version of a package is free to make other values."""
    from importlib.metadata import version

    return f"{package}=={version(package)}"


def test_other_pythons_find_the_same_digests(other):
    ours = {k: v for k, v in values.digests().items() if k not in values.OF_THIS_PYTHON}
    for seed in SEEDS:
        command, env = program(other, seed)
        theirs = json.loads(subprocess.check_output(command, env=env))
        assert len(theirs) >= len(values.PLAIN) + len(values.CODE)
        assert {k: v for k, v in ours.items() if k in theirs and theirs[k] != v} == {}


SERVER = """
import pickle, sys
sys.path[:0] = [{here!r}, {root!r}]
from values import NamedSources
from workbench.keys.canonical import digest
while True:
    print(digest(pickle.load(sys.stdin.buffer), NamedSources()), flush=True)
"""

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.binary()
    | st.text(st.characters(exclude_categories=())) | st.dates() | st.datetimes() | st.timedeltas()
    | st.uuids() | st.decimals(allow_nan=False) | st.fractions()
)  # fmt: skip
HASHABLE = st.recursive(
    SCALARS.filter(lambda value: value == value),
    lambda inner: st.lists(inner, max_size=4).map(tuple) | st.frozensets(inner, max_size=4),
    max_leaves=6,
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=12) | st.lists(inner, max_size=12).map(tuple)
        | st.dictionaries(HASHABLE, inner, max_size=9) | st.sets(HASHABLE, max_size=4)
    ),
    max_leaves=30,
)  # fmt: skip


@pytest.fixture(scope="module")
def elsewhere(other):
    """Asks that Python for digests, in one process for each hash seed."""
    code = SERVER.format(here=str(HERE), root=str(HERE.parents[1]))
    processes = [
        subprocess.Popen(
            [other, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for seed in SEEDS
    ]

    def ask(value):
        for process in processes:
            pickle.dump(value, process.stdin, protocol=4)
            process.stdin.flush()
        return {process.stdout.readline().decode().strip() for process in processes}

    yield ask
    for process in processes:
        process.terminate()
        process.communicate()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(value=VALUES)
def test_a_value_sent_to_another_python_keeps_its_digest(elsewhere, value):
    assert elsewhere(value) == {canonical.digest(value, values.NamedSources())}
