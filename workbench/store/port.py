"""What a checkpoint store is: the Protocol that every implementation passes one test suite for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from workbench.model import Json


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A stored outcome.

    Attributes:
        header: facts about it, JSON: small, read with every look-up.
        parts: its bytes: for a call the provider's raw answer; for a step the outputs' document
            and its binary parts. Parts that were stored as files are memory maps.

    """

    header: Json
    parts: tuple[bytes | memoryview, ...] = ()


class CheckpointStore(Protocol):
    """Key to checkpoint. Keys are `kind/hex`; what is stored under a key never changes."""

    def get(self, key: str) -> Checkpoint | None:
        """The checkpoint under `key`, or None. Its digest is checked. Raises: StoreError."""
        ...

    def add(self, key: str, header: Json, parts: Sequence[bytes | memoryview] = ()) -> bool:
        """Store unless the key is taken; True if it was free. Durable when it returns.

        Cost: one fsync, two more for each part over 64 KB. Raises: StoreError.
        """
        ...

    def add_all(
        self, entries: Sequence[tuple[str, Json, Sequence[bytes | memoryview]]]
    ) -> tuple[bool, ...]:
        """Store several (key, header, parts), each unless its key is taken; which were free.

        All or none: on an error none is stored, and no reader ever sees some without the others.
        Cost: one fsync for all of them, two more for each part over 64 KB. Raises: StoreError.
        """
        ...

    def keys(self, kind: str) -> Iterator[str]:
        """Every key of one kind, in the order they were stored."""
        ...

    def remove(self, key: str) -> bool:
        """Erase a checkpoint; True if there was one. Its files go with `doctor --fix`."""
        ...

    def close(self) -> None:
        """Release files; the store may be opened again."""
        ...
