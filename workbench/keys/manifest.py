"""A step's key and what it is made of, so that a miss can say what changed."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.keys import wire


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything that a step's outcome depends on: (component name, digest) in order.

    Example: `Manifest((("schema", "1"), ("code", "9f…"), ("input doc", "3a…")))`.

    Raises:
        ValueError: a name occurs twice.

    """

    components: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        if len(dict(self.components)) != len(self.components):
            raise ValueError("a component is named twice")


def key(manifest: Manifest) -> str:
    """Return the hex key of a manifest: another for any change of a name, digest or their order."""
    parts = [wire.text("manifest"), wire.SIZE(len(manifest.components))]
    for name, digest in manifest.components:
        parts += (wire.text(name), wire.text(digest))
    return wire.hex_digest(parts)


def compare(old: Manifest, new: Manifest) -> tuple[str, ...]:
    """Return the names that changed or appeared, in the order of `new`, then those that vanished."""
    before, after = dict(old.components), dict(new.components)
    changed = [name for name, digest in after.items() if before.get(name) != digest]
    return (*changed, *(name for name in before if name not in after))
