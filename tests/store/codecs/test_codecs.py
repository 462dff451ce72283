import os
import subprocess
import sys

import pytest

from workbench.store.codecs import Dump, NoCodec, dump, load


def python(source):
    """Runs code in a process of its own and returns what it prints."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    found = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, env=environment, check=True
    )
    return found.stdout.strip()


def test_importing_the_package_loads_no_heavy_one():
    heavy = "numpy", "pandas", "pyarrow", "pydantic", "openai", "zoneinfo"
    source = f"import workbench.store.codecs, sys; print([m for m in {heavy} if m in sys.modules])"
    assert python(source) == "[]"


def test_dumping_builtins_loads_no_heavy_package():
    source = """
import sys
from workbench.store.codecs import dump, load
class Thing: pass
written = dump({"a": [1, {"x": (2,)}]})
load(written.body, namespace={})
try: dump({"a": Thing()})
except Exception: pass
print([m for m in ("numpy", "pandas", "pyarrow", "pydantic") if m in sys.modules])
"""
    assert python(source) == "[]"


def test_values_written_in_one_process_are_read_in_another():
    source = """
import numpy, pandas, datetime, enum
from dataclasses import dataclass
from workbench.store.codecs import dump, load
@dataclass
class Point:
    x: object
values = {"p": Point([1]), "f": pandas.DataFrame({"a": [1]}), "n": numpy.arange(3)}
print(dump(values).body.hex())
"""
    body = bytes.fromhex(python(source))
    reading = f"""
from dataclasses import dataclass
from workbench.store.codecs import load
@dataclass
class Point:
    x: object
values = load(bytes.fromhex("{body.hex()}"), namespace=globals())
print(values["p"].x, list(values["f"]["a"]), values["n"].sum())
"""
    assert python(reading) == "[1] [1] 3"


def test_classes_of_main_are_found_without_a_namespace_given(monkeypatch, notebook):
    import __main__

    cell = notebook("from dataclasses import dataclass\n@dataclass\nclass Mine:\n    x: int = 1")
    monkeypatch.setattr(__main__, "Mine", cell["Mine"], raising=False)
    written = dump({"value": cell["Mine"]()})
    assert load(written.body, namespace=cell)["value"].x == 1


def test_no_values_are_a_dump_too():
    assert load(dump({}, namespace={}).body, namespace={}) == {}


def test_the_order_of_names_is_kept():
    written = dump({"b": 1, "a": 2}, namespace={})
    assert list(load(written.body, namespace={})) == ["b", "a"]


def test_small_values_need_no_blob():
    written = dump({"value": {"a": [1, 2, 3]}}, namespace={})
    assert written.blobs == ()
    assert isinstance(written, Dump)
    assert written.size_bytes == len(written.body) < 100


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"x": ["y" * 100_000]}, 'value["x"][0]'),
        ([b"y" * 100_000], "value[0]"),
        ([bytearray(100_000)], "value[0]"),
        ([1 << 800_000], "value[0]"),
        ([1] * 100_000, "value"),
        (dict.fromkeys(range(100_000)), "value"),
        (["y" * 1000] * 100, "value"),
    ],
    ids=["text", "bytes", "bytearray", "int", "list", "dict", "texts"],
)
def test_values_over_the_cap_are_refused_with_their_size(value, path):
    with pytest.raises(NoCodec, match=r"0\.\d MB, over the cap of 0\.1 MB") as caught:
        dump({"small": 1, "value": value}, namespace={}, max_bytes=90_000)
    assert caught.value.path == path


def test_values_at_the_cap_are_stored():
    written = dump({"value": "y" * 90_000}, namespace={})
    dump({"value": "y" * 90_000}, namespace={}, max_bytes=written.size_bytes)
    with pytest.raises(NoCodec):
        dump({"value": "y" * 90_000}, namespace={}, max_bytes=written.size_bytes - 1)


def test_deep_stacks_do_not_leak_a_recursion_error():
    def descend(left):
        return descend(left - 1) if left else dump({"value": value}, namespace={})

    value = []
    for _ in range(150):
        value = [value]
    with pytest.raises(NoCodec, match="nested too deeply"):
        descend(sys.getrecursionlimit() - 250)
