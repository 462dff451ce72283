import collections
import email
import functools
import json
import os.path
import sys
import types
from email import message_from_bytes

import numpy as np
import pytest

from workbench.store.codecs import CannotRestore, dump, load


@functools.lru_cache
def remembered(x):
    return x


REFERENCES = [
    json,
    os.path,
    collections.abc,
    email,
    np,
    json.dumps,
    message_from_bytes,
    len,
    os.system,
    json.JSONDecoder,
    json.JSONDecoder.decode,
    int,
    type,
    collections.OrderedDict,
    functools.partial,
    remembered,
    np.mean,
    np.add,
    np.float64,
    Exception,
]


@pytest.mark.parametrize("value", REFERENCES, ids=lambda value: value.__name__)
def test_a_module_function_or_class_comes_back_as_the_same_object(value, round_trip):
    assert round_trip({"x": [value, value]})["x"][1] is value


CELL = """
import json, functools, types
def function(): pass
class Class: pass
anonymous = lambda: 1
bound = [].append
partial = functools.partial(int, "1")
made = types.ModuleType("made_by_hand")
inner = (lambda: (lambda: 1))()
method = json.JSONDecoder().decode
"""


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("function", "a function of this notebook"),
        ("Class", "a class of this notebook"),
        ("anonymous", "a function of this notebook"),
        ("bound", "no name that leads to it"),
        ("partial", "partial function"),
        ("made", "no other process can import"),
        ("inner", "a function of this notebook"),
        ("method", "bound method"),
    ],
)
def test_what_another_process_could_not_find_is_refused(name, reason, notebook, refusal):
    cell = notebook(CELL)
    error = refusal({"x": cell[name]}, cell)
    assert error.path == 'value["x"]'
    assert reason in error.reason


def test_a_function_that_its_module_no_longer_holds_is_refused(refusal, monkeypatch):
    monkeypatch.setattr(json, "dumps", lambda: 1)
    from json import encoder

    monkeypatch.setattr(encoder, "py_encode_basestring", 5)
    lost = types.FunctionType((lambda: 1).__code__, {}, "lost")
    lost.__module__, lost.__qualname__ = "json", "lost"
    assert "does not hold by its name" in refusal(lost).reason


def test_a_module_made_by_hand_is_refused_even_when_it_is_registered(refusal, monkeypatch):
    made = types.ModuleType("made_by_hand")
    monkeypatch.setitem(sys.modules, "made_by_hand", made)
    assert "import" in refusal(made).reason


def test_a_module_that_is_not_loaded_yet_is_imported(tmp_path, monkeypatch):
    (tmp_path / "first_party_module.py").write_text("def helper(): pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    import first_party_module

    written = dump({"m": first_party_module, "f": first_party_module.helper}, namespace={})
    del sys.modules["first_party_module"]
    restored = load(written.body, namespace={})
    assert restored["f"] is restored["m"].helper
    assert restored["m"] is sys.modules["first_party_module"]


def test_a_module_that_is_gone_is_a_miss(tmp_path, monkeypatch):
    (tmp_path / "passing_module.py").write_text("def helper(): pass\n")
    with monkeypatch.context() as patch:
        patch.syspath_prepend(tmp_path)
        import passing_module

        written = dump({"f": passing_module.helper}, namespace={})
    del sys.modules["passing_module"]
    with pytest.raises(CannotRestore, match="no module passing_module"):
        load(written.body, namespace={})


def test_a_function_that_is_gone_is_a_miss(tmp_path, monkeypatch):
    (tmp_path / "changing_module.py").write_text("def helper(): pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    import changing_module

    written = dump({"f": changing_module.helper}, namespace={})
    del changing_module.helper
    with pytest.raises(CannotRestore, match="is gone"):
        load(written.body, namespace={})
    changing_module.helper = 5
    with pytest.raises(CannotRestore, match="not that class or function"):
        load(written.body, namespace={})
    del sys.modules["changing_module"]
