"""Which generation of a checkpoint is served: the first, until a refresh or an expiry moved it.

Generations are immutable and numbered; the first lies under the key itself, the n-th under
`KEY.n`. A move is an event of the journal, written after the generation that it names is on disk.
"""

from __future__ import annotations

from collections.abc import Sequence

from workbench.journal.events import ServedMoved
from workbench.journal.log import Journal
from workbench.model import Json
from workbench.store.port import Checkpoint, CheckpointStore

_MOVES = (
    "select id, json_extract(body, '$.key'), json_extract(body, '$.generation') from events"
    " where kind = 'served.moved' and id > ? order by id"
)


class Served:
    """The served checkpoints of one store; safe for threads and processes."""

    def __init__(self, checkpoints: CheckpointStore, journal: Journal) -> None:
        self._checkpoints = checkpoints
        self._journal = journal
        self._moved: dict[str, int] = {}
        self._seen = 0

    def generation(self, key: str) -> int:
        """The served generation of a key, whether or not there is a checkpoint."""
        self.refresh()
        return self._moved.get(key, 0)

    def unmoved(self, consumed: Sequence[tuple[str, int]]) -> str:
        """The first of these (key, generation) that is no longer the served one; "" if all are.

        Goes by the moves known from the last look-up; free while nothing was ever moved.
        """
        if not self._moved:
            return next((key for key, number in consumed if number), "")
        return next((key for key, number in consumed if self._moved.get(key, 0) != number), "")

    def get(self, key: str) -> Checkpoint | None:
        """The served checkpoint under `key`, or None. Raises: StoreError."""
        return self.find(key)[1]

    def find(self, key: str) -> tuple[int, Checkpoint | None]:
        """The served generation of a key, and its checkpoint. Raises: StoreError."""
        number = self.generation(key)
        return number, self._checkpoints.get(f"{key}.{number}" if number else key)

    def replace(
        self, key: str, header: Json, parts: Sequence[bytes | memoryview], *, why: str, run_id: str
    ) -> int:
        """Store the next generation of `key` and serve it from now on; its number. Durable.

        The one served before is kept. Raises: StoreError.
        """
        number = self.generation(key)
        if number == 0 and self._checkpoints.add(key, header, parts):
            return 0  # there was none to replace
        number += 1
        while not self._checkpoints.add(f"{key}.{number}", header, parts):
            number += 1
        self._journal.append_durably(ServedMoved(run_id, key, number, why))
        return number

    def refresh(self) -> None:
        """Learn of moves that other processes made; one index look-up where there were none."""
        for number, key, generation in self._journal.peek(_MOVES, (self._seen,)):
            self._moved[key] = generation
            self._seen = number
