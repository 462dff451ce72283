"""The store keeps what it is given, checks what it reads, and refuses what no workbench wrote."""

from __future__ import annotations

import sqlite3

import diskcache
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import StoreError
from workbench.store import envelope
from workbench.store.checkpoints import INLINE_BYTES, DiskStore
from workbench.store.folder import open_store


@pytest.fixture
def disk(tmp_path):
    opened = DiskStore(tmp_path)
    yield opened
    opened.close()


def reopened(disk):
    disk.close()
    return DiskStore(disk.folder)


@pytest.mark.parametrize("size", [0, 1, INLINE_BYTES, INLINE_BYTES + 1, 3_000_000])
def test_what_was_stored_comes_back_after_reopening(disk, size):
    data = bytes(range(256)) * (size // 256 + 1)
    assert disk.add("call/a", {"n": size}, [data[:size], b"second"])
    found = reopened(disk).get("call/a")
    assert found.header == {"n": size}
    assert [bytes(part) for part in found.parts] == [data[:size], b"second"]


def test_a_key_is_written_once(disk):
    assert disk.add("call/a", {"first": True}, [b"1"])
    assert not disk.add("call/a", {"first": False}, [b"2"])
    assert disk.get("call/a").parts == (b"1",)


def test_a_missing_key_is_none_and_kinds_are_apart(disk):
    disk.add("call/a", {})
    disk.add("step/b", {})
    assert disk.get("call/b") is None
    assert list(disk.keys("step")) == ["step/b"]


def test_a_changed_byte_anywhere_is_never_served(disk):
    disk.add("call/a", {"x": 1}, [b"answer"])
    original = bytes(disk._cache.get("call/a"))
    for position in range(len(original)):
        changed = bytearray(original)
        changed[position] ^= 1
        disk._cache.set("call/a", bytes(changed))
        with pytest.raises(StoreError, match="corrupt"):
            disk.get("call/a")


def test_a_changed_blob_is_never_served(disk):
    disk.add("call/a", {}, [b"x" * 100_000])
    path = next((disk.folder / "blobs").glob("??/*"))
    path.write_bytes(b"y" + path.read_bytes()[1:])
    with pytest.raises(StoreError, match="changed on disk"):
        reopened(disk).get("call/a")


def test_a_missing_blob_is_an_error(disk):
    disk.add("call/a", {}, [b"x" * 100_000])
    next((disk.folder / "blobs").glob("??/*")).unlink()
    with pytest.raises(StoreError, match="cannot be read"):
        disk.get("call/a")


def test_the_digest_is_what_guards_it(disk, monkeypatch):
    """Negative control: with the check off, a changed byte would be served."""
    disk.add("call/a", {}, [b"answer"])
    changed = bytearray(disk._cache.get("call/a"))
    changed[-1] ^= 1
    disk._cache.set("call/a", bytes(changed))
    real = envelope.blake3

    class Agreeing:
        def __init__(self, data):
            self.data = data

        def digest(self):
            return bytes(changed[4:36])

    monkeypatch.setattr(envelope, "blake3", Agreeing)
    assert disk.get("call/a").parts == (b"answes",)
    monkeypatch.setattr(envelope, "blake3", real)


class Bomb:
    def __reduce__(self):
        return (print, ("executed",))


def test_a_pickle_in_a_row_is_refused_and_not_executed(disk, capsys):
    disk.close()
    plain = diskcache.Cache(str(disk.folder / "checkpoints"))
    plain["call/bomb"] = Bomb()
    plain.close()
    capsys.readouterr()
    with pytest.raises(StoreError, match="not loaded"):
        DiskStore(disk.folder).get("call/bomb")
    assert "executed" not in capsys.readouterr().out


def test_a_row_that_names_a_file_is_refused(disk, tmp_path):
    (tmp_path / "secret").write_bytes(b"secret")
    disk.add("call/a", {})
    disk.close()
    with sqlite3.connect(tmp_path / "checkpoints" / "cache.db") as raw:
        raw.execute(
            "update Cache set filename = '../secret', mode = 2, value = null where key = 'call/a'"
        )
    raw.close()
    with pytest.raises(StoreError, match="no workbench wrote"):
        DiskStore(tmp_path).get("call/a")


def test_the_settings_are_asserted_at_each_open(disk):
    disk.close()
    tampered = diskcache.Cache(str(disk.folder / "checkpoints"))
    tampered.reset("eviction_policy", "least-recently-stored")
    tampered.reset("cull_limit", 10)
    tampered.close()
    cache = DiskStore(disk.folder)._cache
    assert (cache.eviction_policy, cache.cull_limit, cache.sqlite_synchronous) == ("none", 0, 2)


def test_an_emptied_database_is_an_error_not_an_empty_store(disk):
    disk.add("call/a", {})
    disk.close()
    (disk.folder / "checkpoints" / "cache.db").write_bytes(b"")
    with pytest.raises(StoreError, match="truncated"):
        DiskStore(disk.folder)


def test_a_foreign_cache_is_refused(tmp_path):
    foreign = diskcache.Cache(str(tmp_path / "checkpoints"))
    foreign["theirs"] = 1
    foreign.close()
    with pytest.raises(StoreError):
        DiskStore(tmp_path)


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written") as caught:
        open_store(tmp_path / "file" / "cache")
    assert "WORKBENCH_CACHE" in caught.value.remedy


def test_the_store_is_its_owners_alone(store):
    for name in ("checkpoints", "."):
        assert (store.folder / name).stat().st_mode & 0o077 == 0


@given(st.dictionaries(st.text(), st.integers() | st.text()), st.lists(st.binary(max_size=300)))
def test_an_envelope_gives_back_what_was_sealed(header, parts):
    files: dict[str, bytes] = {}

    def write(data):
        files[str(len(files))] = bytes(data)
        return str(len(files) - 1)

    sealed = envelope.seal(header, parts, 100, write)
    found, back = envelope.unseal(sealed, lambda name, _size: files[name])
    assert (found, [bytes(part) for part in back]) == (header, parts)
