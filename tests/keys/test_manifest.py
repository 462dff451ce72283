"""A manifest's key tells any two manifests apart; comparing two names what changed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.keys import manifest
from workbench.keys.manifest import Manifest

COMPONENTS = st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=4).map(
    lambda found: tuple(found.items())
)


@given(COMPONENTS, COMPONENTS)
def test_two_manifests_have_one_key_only_if_they_are_equal(one, other):
    assert (manifest.key(Manifest(one)) == manifest.key(Manifest(other))) == (one == other)


def test_where_a_name_ends_and_its_digest_begins_counts():
    assert manifest.key(Manifest((("ab", "c"),))) != manifest.key(Manifest((("a", "bc"),)))


@given(COMPONENTS)
def test_nothing_changed_between_a_manifest_and_itself_in_another_order(found):
    assert manifest.compare(Manifest(found), Manifest(found[::-1])) == ()


@given(COMPONENTS, COMPONENTS)
def test_what_changed_are_the_names_whose_digest_is_not_the_same_in_both(old, new):
    before, after = dict(old), dict(new)
    different = {name for name in before | after if before.get(name) != after.get(name)}
    assert set(manifest.compare(Manifest(old), Manifest(new))) == different


def test_changes_come_in_the_order_of_the_new_one_and_what_vanished_last():
    old = Manifest((("gone", "1"), ("code", "1"), ("same", "1"), ("input a", "1")))
    new = Manifest((("input a", "2"), ("input b", "1"), ("same", "1"), ("code", "2")))
    assert manifest.compare(old, new) == ("input a", "input b", "code", "gone")


def test_a_key_never_changes():
    found = Manifest((("schema", "1"), ("code", "9f"), ("input naïve", "3a")))
    assert manifest.key(found) == (
        "66ae249eec7702ee7e9c4110e5b98b220664cda13ca9c520203362936c12186e"
    )
