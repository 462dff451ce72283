"""Equal values have equal digests, in any process; values that differ in any way have different ones."""

from __future__ import annotations

import copy
import functools
import json
import math
import os
import pickle
import string
import struct
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from near_misses import PAIRS, evaluate
from notebook_code import TestSources, cell, made

from workbench.keys import encoder, wire
from workbench.keys.canonical import Opaque, digest
from workbench.keys.encoder import Encoder

SOURCES = TestSources()
HERE = Path(__file__).parent
EXPRESSIONS = sorted({side for pair in PAIRS for side in pair})


def of(value, **options):
    return digest(value, SOURCES, **options)


def one_digest(code):
    return of(evaluate(code))


@pytest.mark.parametrize(("left", "right"), PAIRS)
def test_two_values_that_can_behave_differently_have_two_digests(left, right):
    assert one_digest(left) != one_digest(right)


@pytest.mark.parametrize("code", EXPRESSIONS)
def test_a_value_made_twice_has_one_digest(code):
    assert one_digest(code) == one_digest(code)


def test_there_are_enough_pairs_and_none_twice():
    assert len(PAIRS) >= 300
    assert len({frozenset(pair) for pair in PAIRS}) == len(PAIRS)


DIGESTS = """
import json, sys
sys.path[:0] = [{here!r}, {root!r}]
from near_misses import EXPRESSIONS_OF, evaluate
from notebook_code import TestSources
from workbench.keys.canonical import digest
print(json.dumps([digest(evaluate(code), TestSources()) for code in EXPRESSIONS_OF()]))
"""


@pytest.mark.parametrize("seed", ["1", "77"])
def test_another_process_with_another_hash_seed_finds_the_same_digests(seed):
    code = DIGESTS.format(here=str(HERE), root=str(HERE.parents[1]))
    env = {**os.environ, "PYTHONHASHSEED": seed}
    found = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, check=True)
    theirs = dict(zip(EXPRESSIONS, json.loads(found.stdout), strict=True))
    assert theirs == {code: one_digest(code) for code in EXPRESSIONS}


# Negative controls: what a less careful encoding would take for one


def collisions():
    return [pair for pair in PAIRS if one_digest(pair[0]) == one_digest(pair[1])]


def test_without_lengths_and_tags_the_pairs_would_collide(monkeypatch):
    monkeypatch.setattr(wire, "SIZE", lambda n: b"")
    monkeypatch.setattr(encoder, "_SHORT_HEADS", ())
    monkeypatch.setattr(wire, "framed", lambda tag, data: data)
    assert ("('ab', 'c')", "('a', 'bc')") in collisions()


def test_without_back_references_aliases_would_collide(monkeypatch):
    monkeypatch.setattr(Encoder, "seen", lambda self, value: False)
    assert one_digest("x = []\nv = [x, x]") == one_digest("v = [[], []]")


def test_with_str_as_the_encoding_the_pairs_would_collide():
    same = [p for p in PAIRS if str(evaluate(p[0])) == str(evaluate(p[1]))]
    assert len(same) > 20


# Properties over values that nobody thought of

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
    | st.complex_numbers() | st.dates() | st.datetimes() | st.timedeltas() | st.uuids()
    | st.decimals(allow_nan=False) | st.fractions()
)  # fmt: skip
HASHABLE = st.recursive(
    SCALARS.filter(lambda v: v == v),
    lambda inner: st.lists(inner, max_size=4).map(tuple) | st.frozensets(inner, max_size=4),
    max_leaves=6,
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=5) | st.lists(inner, max_size=5).map(tuple)
        | st.dictionaries(HASHABLE, inner, max_size=4) | st.sets(HASHABLE, max_size=4)
    ),
    max_leaves=20,
)  # fmt: skip


def typed(value):
    """A value as plain Python compares it, with its types."""
    kind = type(value).__name__
    if isinstance(value, float):
        return kind, struct.pack("<d", value)
    if isinstance(value, complex):
        return kind, struct.pack("<dd", value.real, value.imag)
    if isinstance(value, dict):
        return kind, tuple((typed(k), typed(v)) for k, v in value.items())
    if isinstance(value, (set, frozenset)):
        return kind, frozenset(typed(v) for v in value)
    if isinstance(value, (list, tuple)):
        return kind, tuple(typed(v) for v in value)
    return kind, repr(value)


@given(VALUES)
def test_a_copy_has_the_digest_of_the_original(value):
    assert of(copy.deepcopy(value)) == of(value)


@given(VALUES, VALUES)
def test_different_values_have_different_digests(left, right):
    assert (of(left) == of(right)) == (typed(left) == typed(right))


@given(st.lists(HASHABLE, max_size=8), st.randoms())
def test_the_order_of_a_set_does_not_count(members, random):
    shuffled = members[:]
    random.shuffle(shuffled)
    assert of(set(members)) == of(set(shuffled))


@given(st.lists(st.text() | st.integers() | st.floats(), min_size=28, max_size=40))
def test_a_long_list_of_constants_is_told_from_its_neighbours(values):
    assert of(values) != of([*values, values[-1]])
    assert of(values) != of(tuple(values))
    assert of(values) == of(list(values))


SERVER = """
import pickle, sys
sys.path[:0] = [{here!r}, {root!r}]
from notebook_code import TestSources
from workbench.keys.canonical import digest
while True:
    print(digest(pickle.load(sys.stdin.buffer), TestSources()), flush=True)
"""


@pytest.fixture(scope="module")
def elsewhere():
    code = SERVER.format(here=str(HERE), root=str(HERE.parents[1]))
    env = {**os.environ, "PYTHONHASHSEED": "4242"}
    with subprocess.Popen(
        [sys.executable, "-c", code], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:

        def ask(value):
            pickle.dump(value, process.stdin)
            process.stdin.flush()
            return process.stdout.readline().decode().strip()

        yield ask
        process.terminate()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(value=VALUES)
def test_a_value_sent_to_another_process_keeps_its_digest(elsewhere, value):
    # identities of immutable objects are lost on the way, aliases of mutable ones are not
    assert elsewhere(value) == of(value)


# Aliases, cycles, depth


def test_whether_two_equal_immutable_objects_are_one_does_not_count():
    one, other = tuple("ab"), tuple("ab")
    assert one is not other
    assert of([one, one]) == of([one, other])
    long = "x" * 100
    assert of([long, long]) == of([long, "".join(["x"] * 100)])


def test_a_tuple_in_a_tuple_fifty_levels_deep_takes_no_time():
    tree = ((1, 2, 3, 4, 5, 6, 7, 8, 9),)
    other = ((1, 2, 3, 4, 5, 6, 7, 8, 0),)
    for _ in range(50):
        tree, other = (tree, tree), (other, other)
    assert of(tree) != of(other)


def test_a_shared_tuple_that_holds_a_list_takes_no_time():
    tree = ([1, 2], 3)
    for _ in range(50):
        tree = (tree, tree, 1, 2, 3, 4, 5, 6, 7)
    assert of(tree) == of(tree)


@pytest.mark.parametrize("depth", [401, 2_000, 50_000])
@pytest.mark.parametrize("wrap", [lambda v: [v], lambda v: (v,), lambda v: {"a": v}])
def test_what_is_nested_too_deeply_is_opaque(depth, wrap):
    value = 1
    for _ in range(depth):
        value = wrap(value)
    with pytest.raises(Opaque, match="nested too deeply"):
        of(value)


def test_two_hundred_levels_are_seen_to_the_end():
    def nested(leaf):
        for _ in range(200):
            leaf = [leaf]
        return leaf

    assert of(nested(1)) != of(nested(2))


def test_a_set_in_a_cycle_is_opaque():
    node = made("class Node: pass\nv = Node()\nv.children = {v}")
    with pytest.raises(Opaque):
        of(node)


def test_a_parent_that_knows_its_children_and_they_it_has_a_digest():
    tree = "class N:\n    def __init__(self, up): self.up, self.below = up, []\nv = N(None)\nv.below += [N(v), N({})]"
    assert one_digest(tree.format("v")) != one_digest(tree.format("None"))


# What the caller is told


def told(value):
    notes = []
    of(value, note=notes.append)
    return notes


def test_the_caller_is_told_of_what_may_name_a_file():
    assert told("a.txt") == ["a.txt"]
    assert told({"in": ["x", Path("y/z")]}) == ["in", "x", str(Path("y/z"))]
    assert told("two\nlines") == told("nul\0") == told("x" * 1024) == []
    assert told(b"a.txt") == told(1) == []


def test_the_caller_is_told_of_paths_in_sets_frames_tables_and_functions():
    assert sorted(told({"b", "a"})) == ["a", "b"]
    assert {"f", "a.txt", "b.txt"} <= set(told(pd.DataFrame({"f": ["a.txt", "b.txt", "a.txt"]})))
    assert "a.txt" in told(pd.Series(["a.txt"], dtype=object))
    assert told(pa.array(["a.txt", None, "a.txt"])) == ["a.txt"]
    assert "data.csv" in told(made("def v(): return open('data.csv')"))
    assert "a.txt" in told(["a.txt"] * 100)


def test_of_a_long_column_only_what_looks_like_a_path_is_told():
    column = pa.array([f"name {i}" for i in range(20_000)] + ["docs/a", "b.txt"])
    assert told(column) == ["docs/a", "b.txt"]


@given(VALUES)
def test_being_told_changes_no_digest(value):
    assert of(value, note=lambda path: None) == of(value)


# Opaque: where, what, why

LOCK = threading.Lock()


class Pool:
    def __init__(self, lock):
        self._lock = lock


class Client:
    def __init__(self, lock):
        self.pool = [Pool(lock)]


def opaque(value, name="value"):
    with pytest.raises(Opaque) as caught:
        of(value, name=name)
    return caught.value


def test_an_opaque_value_says_where_it_sits_what_it_is_and_why():
    found = opaque(Client(LOCK), "client")
    assert found.path == "client.pool[0]._lock"
    assert found.type_name == "_thread.lock"
    assert found.reason == "it belongs to this process's threads"
    assert str(found) == f"{found.path}: {found.type_name}: {found.reason}"


def test_an_opaque_value_survives_pickling():
    found = pickle.loads(pickle.dumps(opaque(Client(LOCK), "client")))
    assert (found.path, found.type_name) == ("client.pool[0]._lock", "_thread.lock")


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"a": {1: LOCK}}, "v['a'][1]"),
        ((1, (2, LOCK)), "v[1][1]"),
        ({(1, 2): LOCK}, "v[<tuple>]"),
        (functools.partial(len, LOCK), "v.args[0]"),
        (lambda: LOCK, "v.__globals__['LOCK']"),
        ((lambda x: lambda: x)(LOCK), "v.__closure__['x']"),
        (lambda x=LOCK: x, "v.__defaults__[0]"),
        (pd.DataFrame({"c": [LOCK]}), "v['c'][0]"),
        (np.array([1, LOCK], dtype=object), "v[1]"),
    ],
)
def test_the_path_leads_to_the_culprit(value, path):
    if callable(value) and not isinstance(value, functools.partial):
        value = type(value)(
            value.__code__, {"LOCK": LOCK}, "v", value.__defaults__, value.__closure__
        )
    assert opaque(value, "v").path == path


OPAQUE = {
    "generator": "(x for x in ())",
    "iterator": "iter([1])",
    "map": "map(str, [])",
    "enumerate": "enumerate([])",
    "file": "v = open('/dev/null')\nv.close()",
    "bytes file": "__import__('io').BytesIO()",
    "lock": "__import__('threading').RLock()",
    "thread": "__import__('threading').Thread()",
    "local": "__import__('threading').local()",
    "context variable": "__import__('contextvars').ContextVar('x')",
    "weak reference": "__import__('weakref').ref(int)",
    "weak mapping": "__import__('weakref').WeakValueDictionary()",
    "ctypes": "__import__('ctypes').c_int(1)",
    "random": "__import__('random').Random(1)",
    "numpy generator": "np.random.default_rng(1)",
    "exception": "ValueError('x')",
    "queue": "__import__('queue').Queue()",
    "pool": "__import__('concurrent.futures').futures.ThreadPoolExecutor(1)",
    "event": "__import__('asyncio').Event()",
    "database": "v = __import__('sqlite3').connect(':memory:')\nv.close()",
    "main module": "__import__('__main__')",
    "made-up module": "types.ModuleType('x')",
    "matrix": "np.ma.masked_array([1], [True])",
    "sparse": "pd.Series([0, 1], dtype='Sparse[int]')",
    "type adapter": "pydantic.TypeAdapter(int)",
    "frame with a lock": "pd.DataFrame({'a': [__import__('threading').Lock()]})",
    "client with a transport": "openai.OpenAI(api_key='k', http_client=__import__('httpx2').Client(transport=__import__('httpx2').MockTransport(print)))",
    "coroutine function's result": "async def f(): pass\nv = f()\nv.close()",
    "iterator class": "class C:\n    def __next__(self): pass\nv = C()",
    "resource": "class C:\n    def __enter__(self): pass\nv = C()",
    "own pickling": "class C:\n    def __getstate__(self): return 1\nv = C()",
    "filled cache": "@functools.lru_cache\ndef v(x): return x\nv(1)",
    "view of a part": "memoryview(bytearray(4))[1:2]",
    "hidden attributes": "class C:\n    @property\n    def __dict__(self): return {}\nv = C()",
    "subclass of a compiled type": "class C(threading.local): pass\nv = C()".replace(
        "threading", "__import__('threading')"
    ),
}


@pytest.mark.parametrize("code", OPAQUE.values(), ids=OPAQUE)
def test_what_cannot_be_seen_is_opaque(code):
    found = opaque(evaluate(code))
    assert found.reason
    assert found.type_name


def test_an_error_while_reading_a_value_is_told_as_opaque():
    class Odd(dict):
        pass

    odd = Odd()
    odd.self = memoryview(b"x")
    odd.self.release()
    assert "cannot be read" in opaque(odd).reason


def test_nothing_but_opaque_leaves_the_digest():
    for code in OPAQUE.values():
        opaque(evaluate(code))


# What is no part of a value


def test_a_secret_a_time_limit_and_retries_of_a_client_do_not_count():
    from openai import OpenAI

    one = OpenAI(api_key="one", timeout=1, max_retries=0, organization="a")
    other = OpenAI(api_key="other", timeout=2, max_retries=5, organization="b")
    assert of(one) == of(other)


def test_layout_in_memory_counts_as_far_as_code_may_ask_for_it():
    grid = np.arange(12).reshape(3, 4)
    apart = np.arange(24)[::2].reshape(3, 4) // 2
    assert of(grid) == of(apart)
    assert of(np.arange(20)[::-1][::-1]) == of(np.arange(20))
    assert len({of(grid), of(np.asfortranarray(grid)), of(np.repeat(grid, 2, axis=1)[:, ::2])}) == 3


def test_padding_does_not_count():
    kind = np.dtype([("a", "i1"), ("b", "i8")], align=True)
    one, other = np.zeros(2, kind), np.frombuffer(b"\xff" * kind.itemsize * 2, kind).copy()
    other["a"] = other["b"] = 0
    assert of(one) == of(other)
    long_one = np.zeros(2, np.longdouble)
    long_other = np.frombuffer(b"\xff" * long_one.nbytes, np.longdouble).copy()
    long_other[:] = 0
    assert of(long_one) == of(long_other)


def test_blocks_of_a_frame_do_not_count():
    whole = pd.DataFrame(np.arange(6.0).reshape(3, 2), columns=["a", "b"])
    parts = pd.DataFrame({"a": whole["a"].to_numpy().copy()})
    parts["b"] = whole["b"].to_numpy().copy()
    assert of(whole) == of(parts)


ARROW = [
    [1, None, 3, 4],
    ["a", None, "", "dé"],
    [b"a", None, b"", b"d"],
    [1.5, None, float("nan"), -0.0],
    [True, None, False, True],
    [[1], None, [], [2, 3]],
    [{"x": 1, "y": "a"}, None, {"x": None, "y": "b"}, {"x": 2, "y": None}],
    [[{"x": ["a"]}], None, [], [{"x": []}]],
]
ARROW_ARRAYS = [
    *map(pa.array, ARROW),
    pa.array(ARROW[1]).dictionary_encode(),
    pa.array(ARROW[1], pa.large_string()),
    pa.array(ARROW[1], pa.string_view()),
    pa.array([[("a", 1)], None, [], [("b", 2)]], pa.map_(pa.string(), pa.int64())),
    pa.array([[1, 2], None, [3, 4], [5, 6]], pa.list_(pa.int8(), 2)),
    pa.array([b"ab", None, b"cd", b"ef"], pa.binary(2)),
    pa.array([1, None, 3, 4], pa.timestamp("us", "UTC")),
    pa.nulls(4),
]


def rebuilt_from_cells(array):
    if pa.types.is_dictionary(array.type):  # the values that it could hold are part of it
        indices = pa.array(array.indices.to_pylist(), array.type.index_type)
        return pa.DictionaryArray.from_arrays(indices, array.dictionary)
    return pa.array(array.to_pylist(), array.type)


@pytest.mark.parametrize("array", ARROW_ARRAYS, ids=lambda a: str(a.type))
@pytest.mark.parametrize("start", range(4))
@pytest.mark.parametrize("length", [0, 1, 2, 4])
def test_a_slice_of_an_arrow_array_is_its_copy(array, start, length):
    part = array.slice(start, length)
    rebuilt = rebuilt_from_cells(part)
    assert of(part) == of(rebuilt)
    assert of(pa.table({"a": part})) == of(pa.table({"a": rebuilt}))
    assert of(pa.record_batch({"a": part})) == of(pa.record_batch({"a": rebuilt}))
    if length > 1:
        assert of(part) != of(part.slice(1)) or not len(part)


@pytest.mark.parametrize("array", ARROW_ARRAYS, ids=lambda a: str(a.type))
def test_the_chunks_of_an_arrow_column_do_not_count(array):
    whole = pa.chunked_array([array])
    assert of(whole) == of(pa.chunked_array([array.slice(0, 1), array.slice(1)]))


def test_bytes_below_a_null_do_not_count():
    values = pa.py_buffer(b"abc")
    offsets = pa.py_buffer(struct.pack("<3i", 0, 1, 3))
    hidden = pa.Array.from_buffers(pa.string(), 2, [pa.py_buffer(b"\x01"), offsets, values])
    assert of(hidden) == of(pa.array(["a", None]))


def test_an_arrow_string_column_counts_by_its_text_however_it_is_kept():
    whole = pd.Series(["x", None, "yz"] * 10)
    assert of(whole) == of(pd.concat([whole[:7], whole[7:]]))
    assert of(whole[::2].reset_index(drop=True)) == of(pd.Series(list(whole)[::2]))


def test_masked_cells_do_not_count():
    one = pd.arrays.IntegerArray(np.array([1, 7]), np.array([False, True]))
    other = pd.arrays.IntegerArray(np.array([1, 8]), np.array([False, True]))
    assert of(one) == of(other)


@given(st.lists(st.floats(), min_size=1, max_size=5))
def test_a_number_is_itself_in_a_list_an_array_and_a_column(values):
    changed = [*values[:-1], math.nextafter(values[-1], 0.0) if values[-1] else 1.0]
    if struct.pack("<d", changed[-1]) == struct.pack("<d", values[-1]):
        return
    for make in (list, np.array, pd.Series, pa.array):
        assert of(make(values)) != of(make(changed))


@given(st.lists(st.text(string.printable), min_size=1, max_size=6), st.integers(0, 5))
def test_moving_a_character_over_a_cell_border_counts(cells, at):
    cells = ["a", *cells]
    at %= len(cells) - 1
    moved = cells[:]
    moved[at], moved[at + 1] = cells[at][:-1], cells[at][-1:] + cells[at + 1]
    if moved == cells:
        return
    for make in (list, tuple, pd.Series, pa.array, lambda v: np.array(v, object)):
        assert of(make(cells)) != of(make(moved))


def test_recognising_a_library_imports_none():
    code = "import sys; from workbench.keys import canonical, call, manifest, volatile; print([n for n in ('numpy', 'pandas', 'pyarrow', 'pydantic', 'openai', 'httpx') if n in sys.modules])"
    out = subprocess.check_output([sys.executable, "-c", code], cwd=HERE.parents[1])
    assert out.strip() == b"[]"


def test_a_cell_leaves_no_trace_of_where_it_ran():
    source = "class C:\n    def f(self): return 1\nv = C().f"
    assert of(cell(source)["v"]) == of(cell("\n\n# later\n" + source)["v"])
