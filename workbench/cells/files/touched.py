"""What one execution did to files, noted as it happens: read, listed, asked about, written.

Each state is taken at its first touch, before the step's own changes: only so does a later look-up
compare with what the code really saw.
"""

from __future__ import annotations

import os
import stat as bits
import threading
from dataclasses import dataclass, field

from workbench.cells.files import digests
from workbench.cells.files.digests import FOLDER, MISSING, Signature

_DEFERRED_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Seen:
    """A file at its first reading: its digest, or for a large one what tells that it stayed."""

    signature: Signature | None
    digest: str

    def now(self, path: str) -> str:
        """The digest it had; "" if it was changed before anyone took it."""
        if self.digest:
            return self.digest
        return digests.content(path) if digests.signature(path) == self.signature else ""


def _seen(path: str) -> Seen:
    """Take the state of a file. A large one that lies still is read once, after the run."""
    try:
        found = digests.signature(path)
    except OSError:
        return Seen(None, digests.content(path))
    later = (
        found is not None
        and bits.S_ISREG(found[2])
        and found[3] > _DEFERRED_BYTES
        and not digests.is_recent(found)
    )
    return Seen(found, "" if later else digests.content(path))


@dataclass(slots=True)
class Touched:
    """What one execution touched, by absolute path; filled from any thread.

    Attributes:
        reads: files opened for reading before the step wrote them.
        listed: digest of each folder's listing when it was first listed.
        asked: answers to questions, by how and path.
        own: paths whose present state is the step's own doing.
        began: what was at each of those before: missing, folder, file.
        folders: folders that it made, or made sure of.
        faults: verb and path of what keeps the outcome from being kept.

    """

    reads: dict[str, Seen] = field(default_factory=dict)
    listed: dict[str, str] = field(default_factory=dict)
    asked: dict[tuple[str, str], str] = field(default_factory=dict)
    own: set[str] = field(default_factory=set)
    began: dict[str, str] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    faults: list[tuple[str, str]] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def opened(self, path: str, flags: int) -> None:
        """Note an `open` that is about to happen; it may still fail."""
        changes = flags & os.O_ACCMODE != os.O_RDONLY or flags & (os.O_CREAT | os.O_TRUNC)
        with self.lock:
            if not changes:
                self.read(path)
            elif not _is_folder(path):  # a nameless temporary file is opened by its folder
                self._written(path, flags)

    def _written(self, path: str, flags: int) -> None:
        if flags & os.O_EXCL and path not in self.own:
            self.question("kind", path)
        if not flags & os.O_TRUNC and not flags & os.O_EXCL:
            self.read(path)  # an end to append to, or a part to keep
        self._take(path)

    def _take(self, path: str) -> None:
        """From here on a path is the step's own doing."""
        if path in self.own:
            return
        before = self.reads.get(path)
        if before is not None and not before.digest:
            self.reads[path] = Seen(before.signature, before.now(path))
        self.began[path] = digests.kind(path, "kind")
        self.own.add(path)

    def read(self, path: str) -> None:
        """Note that a file's content is read, or that it is missing."""
        with self.lock:
            if path not in self.own and path not in self.reads:
                self.reads[path] = _seen(path)

    def lists(self, path: str) -> None:
        """Note that a folder's names are read."""
        with self.lock:
            if path not in self.listed and path not in self.own:
                self.listed[path] = digests.listing(path)

    def question(self, how: str, path: str, answer: str = "") -> None:
        """Note what it was told about a path: that it exists, its kind, its size."""
        with self.lock:
            if path not in self.own and (how, path) not in self.asked:
                self.asked[how, path] = answer or digests.kind(path, how)

    def renames(self, source: str, target: str) -> None:
        """Note a rename: of the step's own file it is a way to write the target."""
        with self.lock:
            if source not in self.own or self.began[source] != MISSING:
                self.fault("moved", source)
            for path in [p for p in self.own if p == source or p.startswith(source + os.sep)]:
                moved = target + path[len(source) :]
                self._take(moved)
                if path in self.folders:
                    self.folders.add(moved)

    def removes(self, path: str, *, missing_is_fine: bool = False) -> None:
        """Note a removal; whether something stands there in the end is seen then."""
        with self.lock:
            if digests.kind(path, "link") == MISSING:
                if not missing_is_fine:
                    self.question("link", path)
                return
            self._take(path)
            self.folders.discard(path)

    def makes_folder(self, path: str, *, exist_ok: bool) -> None:
        """Note a new folder; where it may exist already, only that it is one afterwards."""
        with self.lock:
            if not exist_ok:
                self.question("kind", path)
            if exist_ok or digests.kind(path, "kind") == MISSING:
                self._take(path)
                self.folders.add(path)

    def changes(self, path: str, what: str) -> None:
        """Note a change to a file's mode, owner or times: no matter on one that the step wrote."""
        with self.lock:
            if path not in self.own:
                self.fault(f"changed {what} of", path)

    def include(self, other: Touched) -> None:
        """Add what a step inside this one touched: it happened here too."""
        with self.lock:
            for path, seen in other.reads.items():
                if path not in self.own:
                    self.reads.setdefault(path, seen)
            for path, digest in other.listed.items():
                if path not in self.own:
                    self.listed.setdefault(path, digest)
            for (how, path), digest in other.asked.items():
                if path not in self.own:
                    self.asked.setdefault((how, path), digest)
            for path in other.own:
                self.began.setdefault(path, other.began[path])
            self.own |= other.own
            self.folders |= other.folders
            self.faults += other.faults

    def fault(self, verb: str, path: str) -> None:
        """Note what it did to a path so that the outcome cannot be kept."""
        self.faults.append((verb, path))


def _is_folder(path: str) -> bool:
    return digests.kind(path, "kind") == FOLDER
