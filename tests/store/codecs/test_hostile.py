"""Bodies that dump never wrote: nothing runs, and the only error is CannotRestore."""

import builtins
import os
import subprocess
import sys

import msgspec
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.store.codecs import CannotRestore, dump, load


def body(*nodes, classes=(), shared=(), v=1):
    values = {f"x{i}": node for i, node in enumerate(nodes)}
    document = {"v": v, "classes": classes, "shared": shared, "values": values}
    return msgspec.msgpack.encode(document)


@pytest.fixture
def nothing_runs(monkeypatch):
    """Fails the test if a function that a body may name is called."""
    called = []
    for module, name in (
        (os, "system"),
        (builtins, "eval"),
        (builtins, "exec"),
        (subprocess, "Popen"),
    ):
        monkeypatch.setattr(module, name, lambda *args, **kwargs: called.append(args))
    yield
    assert called == []


@pytest.mark.parametrize(
    "address",
    [("os", "system"), ("builtins", "eval"), ("subprocess", "Popen"), ("posix", "system")],
)
@pytest.mark.parametrize("kind", ["dataclass", "pydantic", "named_tuple", "enum"])
def test_naming_a_function_as_a_class_calls_nothing(kind, address, nothing_runs):
    classes = [(["class", *address], []), (["generic", ["class", *address], [["any"]]], [])]
    for index in (0, 1):
        for node in ([kind, index, {"a": 1}, {}], [kind, index, ["x"]], [kind, index, None, 1]):
            with pytest.raises(CannotRestore):
                load(body(node, classes=classes), namespace={})


@pytest.mark.parametrize("address", [("posix", "system"), ("builtins", "eval")])
def test_a_reference_is_restored_as_such_and_not_called(address):
    restored = load(body(["reference", *address]), namespace={})["x0"]
    assert restored is getattr(sys.modules[address[0]], address[1])


@pytest.mark.parametrize(
    "address",
    [
        ("os", "system"),
        ("os", "path"),
        ("os", "environ"),
        ("sys", "modules"),
        ("os", "path.join"),
        ("json.decoder", "JSONDecoder.__init__.__globals__"),
        ("__main__", "dump"),
        ("", "x"),
        ("..os", "system"),
        ("no_such_module_at_all", "x"),
        ("this", "x"),
    ],
)
def test_a_reference_that_dump_would_not_have_written_is_a_miss(address):
    with pytest.raises(CannotRestore):
        load(body(["reference", *address]), namespace={"dump": dump})


@pytest.mark.parametrize("name", ["__main__", "no_such_module_at_all", "", "os;x", ".os", "a..b"])
def test_a_module_that_cannot_be_named_is_a_miss(name):
    with pytest.raises(CannotRestore):
        load(body(["module", name]), namespace={})


DAMAGED = [
    ["no_such_tag"],
    ["numpy.no_such_tag"],
    [],
    [1],
    [["list", []]],
    ["shared", 0],
    ["shared", "x"],
    ["list"],
    ["list", 5],
    ["dict", [1]],
    ["dict", [["list", []], 1]],
    ["set", [["list", []]]],
    ["defaultdict", {}, "eval"],
    ["str", 7],
    ["int", "x"],
    ["datetime.datetime", "never", 0, None],
    ["zoneinfo", "../../etc/passwd"],
    ["pathlib", "eval", "x"],
    ["fractions", 1, 0],
    ["re.pattern", "(", 0],
    ["uuid", b"x", 0],
    ["dataclass", 0, {}, {}],
    ["dataclass", -1, {}, {}],
    ["numpy.array", "npy", [b"junk"], True],
    ["numpy.array", "npy", [b"\x93NUMPY\x01\x00\x10\x00{'descr': '|O'}   \n"], True],
    ["numpy.array", "objects", [10**15], [], True],
    ["numpy.array", "npy", [["bytes", b"x"], b"", [9], [8], 0], True],
    ["numpy.scalar", "O", b"12345678"],
    ["numpy.scalar", "f8", b"123"],
    ["pandas.frame", b"junk", [], [], [], [], True],
    ["pandas.index", "plain", [None], None, ["eval", 0], None],
    ["pandas.timestamp", 1, "parsec", None],
    ["pyarrow.table", b"junk"],
    ["registered:nothing", 1],
    ["enum", 0, "X", 1],
]


@pytest.mark.parametrize("node", DAMAGED)
def test_a_damaged_node_is_a_miss(node):
    with pytest.raises(CannotRestore):
        load(body(node), namespace={})


def test_a_tuple_that_holds_itself_is_a_miss():
    with pytest.raises(CannotRestore):
        load(body(["shared", 0], shared=[["tuple", [["shared", 0]]]]), namespace={})


@pytest.mark.parametrize("data", [b"", b"\x80", b"junk", b"\x91" * 100_000 + b"\x90", b"\xff"])
def test_bytes_that_are_no_document_are_a_miss(data):
    with pytest.raises(CannotRestore):
        load(data, namespace={})


def test_a_document_of_another_form_is_a_miss():
    with pytest.raises(CannotRestore, match="form 2"):
        load(body(1, v=2), namespace={})


WRITTEN = dump(
    {
        "a": [1, {"x": (1.5, "text")}, {1, 2}],
        "n": np.arange(3),
        "f": pd.DataFrame({"a": [1, 2], "b": ["x", None]}),
        "t": "x" * 20_000,
    },
    namespace={},
)


@settings(deadline=None)
@given(data=st.data())
def test_any_damage_to_a_body_is_a_miss_or_a_value(data):
    """A store's digest finds damage; what is tested here is that nothing else breaks."""
    damaged = bytearray(WRITTEN.body)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, 200))
        damaged[at] = data.draw(st.integers(0, 255))
    try:
        load(bytes(damaged), WRITTEN.blobs, namespace={})
    except CannotRestore:
        pass


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_random_bytes_are_a_miss(data):
    with pytest.raises(CannotRestore):
        load(data, namespace={})


def test_missing_blobs_are_a_miss():
    with pytest.raises(CannotRestore):
        load(WRITTEN.body, [], namespace={})
