"""A key changes with any component, and the manifest says which."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.keys.manifest import Manifest, compare, key

COMPONENTS = st.lists(st.tuples(st.text(), st.text()), max_size=5, unique_by=lambda c: c[0]).map(
    tuple
)


@given(COMPONENTS, COMPONENTS)
def test_two_manifests_have_one_key_only_if_they_are_one(left, right):
    assert (key(Manifest(left)) == key(Manifest(right))) == (left == right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ((("ab", "c"),), (("a", "bc"),)),
        ((("a", "b"), ("c", "d")), (("a", "bc"), ("d", ""))),
        ((("a", "1"), ("b", "2")), (("b", "2"), ("a", "1"))),
        ((), (("", ""),)),
    ],
)
def test_near_misses_have_two_keys(left, right):
    assert key(Manifest(left)) != key(Manifest(right))


def test_what_changed_appeared_or_vanished_is_named_in_order():
    old = Manifest((("code", "1"), ("input a", "1"), ("input b", "1")))
    new = Manifest((("code", "1"), ("input c", "1"), ("input a", "2")))
    assert compare(old, new) == ("input c", "input a", "input b")
    assert compare(old, old) == ()


@given(COMPONENTS)
def test_nothing_changed_in_the_same_manifest(components):
    assert compare(Manifest(components), Manifest(components)) == ()


def test_a_name_given_twice_is_an_error():
    with pytest.raises(ValueError, match="twice"):
        Manifest((("a", "1"), ("a", "2")))


def test_a_key_stays_what_it_was():
    manifest = Manifest((("schema", "1"), ("code", "ab"), ("input doc", "cd")))
    assert key(manifest) == "7bda2c538db5af97fdd86006befd532dee9f54a81b689c3745ad8bb3268d22ce"
