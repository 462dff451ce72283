"""What a step's inputs look like, kept beside their digests: a later miss says what changed in them.

A description lies under the digest that it describes, so an input that ten steps read is described once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from workbench.cells.inputs import Inputs
from workbench.cells.modules.sources import FileSources
from workbench.errors import StoreError
from workbench.journal import steps
from workbench.keys.manifest import Manifest
from workbench.model import Json
from workbench.store.folder import Store
from workbench.store.port import Checkpoint

if TYPE_CHECKING:
    from workbench.keys.changes import Facts

_INPUT = "input "
_CANDIDATES = 8
_KNOWN_MOST = 100_000
_known: set[tuple[str, str]] = set()

Entry = tuple[str, Json, Sequence[bytes | memoryview]]


def gather(
    store: Store,
    found_in: Inputs,
    values: Mapping[str, Any],
    only: Collection[str] | None = None,
) -> dict[str, Json]:
    """Descriptions, by component, of the inputs that the store has none of yet; of some `only`.

    To be made before a step runs, which may change them. Cost: two to four times their encoding.
    """
    if found_in.manifest is None:
        return {}
    sources = FileSources()
    found: dict[str, Json] = {}
    for name, digest in found_in.manifest.components:
        known = (str(store.folder), digest)
        if not name.startswith(_INPUT) or known in _known:
            continue
        label = name.removeprefix(_INPUT)
        if only is not None and label not in only:
            continue
        if store.checkpoints.get(f"facts/{digest}") is None:
            from workbench.keys.changes.describe import describe  # a hit needs none of it

            found[name] = describe(label.removesuffix("()"), values.get(label), sources)
        else:
            _remember(known)
    return found


def entries(found_in: Inputs, described: Mapping[str, Json]) -> list[Entry]:
    """The rows that keep descriptions, to be stored with the outcome."""
    digests = dict(found_in.manifest.components) if found_in.manifest else {}
    return [
        (f"facts/{digests[name]}", {}, [msgspec.json.encode(facts)])
        for name, facts in described.items()
    ]


def known(store: Store, notebook: str, name: str) -> list[tuple[str, Checkpoint]]:
    """The newest outcomes of a step that are still there and of this schema, with their keys."""
    found = []
    for key in steps.last_keys(store.journal, notebook, name, _CANDIDATES):
        try:
            checkpoint = store.served.get(f"step/{key}")
        except StoreError:
            continue  # corrupt: `doctor` says so
        if checkpoint is not None and "files" in checkpoint.header:
            found.append((key, checkpoint))
    return found


def recorded(store: Store, found: Checkpoint, names: Iterable[str]) -> Facts:
    """What a checkpoint's step depended on, with descriptions of the components named."""
    from workbench.keys.changes import Facts

    base = manifest_of(found)
    return Facts(base, found.header["source"], _stored(store, base, names))


def manifest_of(found: Checkpoint) -> Manifest:
    """The manifest under which a checkpoint was stored."""
    return Manifest(tuple((name, digest) for name, digest in found.header["manifest"]))


def now(
    store: Store, wanted: Manifest, source: str, described: Mapping[str, Json], names: Iterable[str]
) -> Facts:
    """The same for a step as it is now."""
    from workbench.keys.changes import Facts

    missing = [name for name in names if name not in described]
    return Facts(wanted, source, {**_stored(store, wanted, missing), **described})


def _stored(store: Store, manifest: Manifest, names: Iterable[str]) -> dict[str, Json]:
    digests = dict(manifest.components)
    found: dict[str, Json] = {}
    for name in names:
        if name in digests and name.startswith(_INPUT):
            kept = store.checkpoints.get(f"facts/{digests[name]}")
            if kept is not None:
                found[name] = msgspec.json.decode(kept.parts[0])
    return found


def _remember(known: tuple[str, str]) -> None:
    if len(_known) > _KNOWN_MOST:
        _known.clear()
    _known.add(known)
