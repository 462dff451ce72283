import string

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from workbench.store.codecs import NoCodec, containers, dump, load, same

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.complex_numbers(),
    st.text(st.characters(exclude_categories=()), max_size=20),
    st.binary(max_size=20),
    st.datetimes(timezones=st.none() | st.timezones()),
    st.dates(),
    st.timedeltas(),
    st.decimals().filter(lambda number: not number.is_snan()),  # not even hashable
    st.fractions(),
    st.uuids(),
)
HASHABLE = st.recursive(
    SCALARS, lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3), max_leaves=5
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.tuples(inner, inner),
        st.dictionaries(st.text(string.ascii_letters, max_size=5), inner, max_size=4),
        st.dictionaries(HASHABLE, inner, max_size=4),
        st.sets(HASHABLE, max_size=4),
    ),
    max_leaves=20,
)


@settings(deadline=None, max_examples=300)
@given(VALUES)
@example({0.0: 1, "a": -0.0})
def test_every_nested_builtin_comes_back_the_same(value):
    written = dump({"value": value}, namespace={})
    restored = load(written.body, written.blobs, namespace={})["value"]
    assert same(value, restored)
    assert same(restored, value)


@settings(deadline=None)
@given(VALUES, VALUES)
def test_same_is_symmetric_and_respects_types(a, b):
    if same(a, b):
        assert type(a) is type(b)
        assert same(b, a)


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_any_graph_of_lists_and_dicts_keeps_its_shape(data):
    """Nodes point at one another at random: aliases and cycles of every kind."""
    size = data.draw(st.integers(1, 6))
    nodes = [data.draw(st.sampled_from([list, dict]))() for _ in range(size)]
    for _ in range(data.draw(st.integers(0, 12))):
        source, target = (nodes[data.draw(st.integers(0, size - 1))] for _ in range(2))
        wrapped = data.draw(st.sampled_from([target, (target,), (target, (target,))]))
        if isinstance(source, list):
            source.append(wrapped)
        else:
            source[len(source)] = wrapped
    values = {str(i): node for i, node in enumerate(nodes)}
    restored = load(dump(values, namespace={}).body, namespace={})
    assert same(list(values.values()), list(restored.values()))


def test_a_codec_that_loses_order_is_caught_by_the_proof(monkeypatch):
    """Negative control: the proof refuses what a broken codec wrote."""

    def backwards(reader, nodes):
        return [reader.decode(node) for node in reversed(nodes)]

    monkeypatch.setattr(containers, "decode_items", backwards)
    with pytest.raises(NoCodec, match="does not come back equal") as caught:
        dump({"value": ({"a": (1, 2)},)}, namespace={})
    assert caught.value.path == 'value[0]["a"][0]'
