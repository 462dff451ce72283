import math
from collections import Counter, OrderedDict, defaultdict, deque
from types import SimpleNamespace

import pytest

from workbench.store.codecs import NoCodec, dump, load

EXACT = [
    [],
    [1, 1.0, True, "1", None],
    [math.nan, -0.0, 0.0],
    [[1], [[2]], []],
    [2**64, "\ud800", b"x" * 5000],
    (),
    (1,),
    ([1], (2, (3,))),
    {},
    {"b": 1, "a": 2},
    {"a": {"b": {"c": []}}},
    {1: "int", "1": "text", None: "none", (1, 2): "tuple", b"x": "bytes", 1.5: "float"},
    {True: "bool"},
    {math.nan: 1},
    {"\ud800": 1},
    {"x" * 20_000: 1},
    {2**70: 1},
    {frozenset({1}): {"x": (1,)}},
    {"tag": ["list", 1], "shared": ["shared", 0]},
    set(),
    {1, 2.5, "x", None, (1, 2)},
    {math.nan, (math.nan,)},
    frozenset(),
    frozenset({frozenset({1}), "x"}),
    range(5),
    range(0, 10**30, 7),
    range(5, 0, -1),
    slice(None),
    slice(1, "x", None),
    OrderedDict(b=1, a=[2]),
    Counter("banana"),
    Counter({"a": -1, "b": 0}),
    deque([1, [2]], maxlen=3),
    deque(),
    SimpleNamespace(),
    SimpleNamespace(a=1, b=[SimpleNamespace(c=2)]),
    defaultdict(None, {"x": 1}),
    *(defaultdict(kind, {"x": kind()}) for kind in (list, int, dict, set, str, float)),
]


@pytest.mark.parametrize("value", EXACT, ids=lambda value: type(value).__name__)
def test_a_container_comes_back_exactly(value, round_trip):
    round_trip(value)


def test_a_defaultdict_keeps_its_factory(round_trip):
    restored = round_trip(defaultdict(list))
    restored["new"].append(1)
    assert restored["new"] == [1]


def test_the_order_of_a_dict_is_kept(round_trip):
    assert list(round_trip({"b": [], "a": [], "c": 1})) == ["b", "a", "c"]
    assert list(round_trip({2: [], 1: [], "c": 1})) == [2, 1, "c"]


def test_aliases_between_and_inside_values_are_kept():
    part = [1]
    values = {"a": part, "b": {"x": part, "y": (part, part)}, "c": [1]}
    written = dump(values, namespace={})
    restored = load(written.body, written.blobs, namespace={})
    a, b = restored["a"], restored["b"]
    assert a is b["x"] is b["y"][0] is b["y"][1]
    assert restored["c"] is not a
    a.append(2)
    assert b["x"] == [1, 2]


def test_a_list_that_holds_itself_comes_back_holding_itself(round_trip):
    value = [1]
    value.append(value)
    restored = round_trip(value)
    assert restored[1] is restored


def test_cycles_through_dicts_and_namespaces_come_back(round_trip):
    tree = {"name": "root", "children": []}
    tree["children"].append(SimpleNamespace(parent=tree))
    restored = round_trip(tree)
    assert restored["children"][0].parent is restored


@pytest.mark.parametrize("outer", ["tuple", "list"])
def test_a_cycle_through_a_tuple_comes_back_from_either_end(outer, round_trip):
    inside = [[7, [8]]]
    pair = (inside, [1, [2]], {"x": [3]})
    inside.append(pair)
    restored = round_trip(pair if outer == "tuple" else inside)
    if outer == "tuple":
        assert restored[0][1] is restored
        assert restored[1] == [1, [2]]
    else:
        assert restored[1][0] is restored


def test_a_set_in_a_cycle_through_a_list_comes_back(round_trip):
    members = [frozenset({1})]
    members.append({("x", 1)})
    members.append(members)
    restored = round_trip(members)
    assert restored[2] is restored


def test_one_tuple_under_two_names_comes_back_as_one():
    pair = (1, [2])
    written = dump({"a": pair, "b": pair}, namespace={})
    restored = load(written.body, namespace={})
    assert restored["a"] is restored["b"]


def test_restored_containers_are_as_mutable_as_the_originals(round_trip):
    restored = round_trip({"flat": {"a": 1}, "list": [1, 2], "deep": [[1]]})
    restored["flat"]["b"] = 2
    restored["list"].append(3)
    restored["deep"][0].append(2)
    assert restored == {"flat": {"a": 1, "b": 2}, "list": [1, 2, 3], "deep": [[1, 2]]}


def test_loading_twice_gives_two_independent_copies():
    written = dump({"value": [1, 2]}, namespace={})
    first = load(written.body, namespace={})["value"]
    first.append(3)
    assert load(written.body, namespace={})["value"] == [1, 2]


def test_a_value_changed_after_the_dump_does_not_change_the_dump():
    value = {"a": [1]}
    written = dump({"value": value}, namespace={})
    value["a"].append(2)
    assert load(written.body, namespace={})["value"] == {"a": [1]}


@pytest.mark.parametrize("wrap", [lambda x: [x], lambda x: (x,), lambda x: {"k": x}])
def test_nesting_without_end_is_refused_and_not_a_recursion_error(wrap):
    value = []
    for _ in range(100_000):
        value = wrap(value)
    with pytest.raises(NoCodec, match="nested too deeply"):
        dump({"value": value}, namespace={})


def test_a_hundred_and_fifty_levels_are_stored(round_trip):
    value = {}
    for _ in range(75):
        value = [{"k": value}]
    round_trip(value)


def test_the_attributes_of_a_namespace_as_a_dict_beside_it_are_refused(refusal):
    value = SimpleNamespace(a=[1])
    assert refusal([value, vars(value)]).path == "value[1]"
    assert refusal([vars(value), value]).path == "value[1]"
