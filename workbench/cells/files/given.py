"""Files that a cell's values and literals name: they count by content, whoever reads them.

A compiled reader (pyarrow, DuckDB, polars) opens them unseen; so does a compiled writer, whose
files are found by looking again after the run.
"""

from __future__ import annotations

import glob
import os
import re
import stat as bits
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from blake3 import blake3

from workbench import clock
from workbench.calls.context import own_traffic
from workbench.cells.files import digests
from workbench.cells.files.paths import VERSIONED, Places
from workbench.errors import UsageError

_access = os.access  # as it is before steps are told of what they ask
_FEW_TEXTS = 64
_MANY_TEXTS = 20_000
_MANY_PATTERNS = 256
_MANY_FILES = 1_000
_TOO_MANY_FILES = 100_000
_MUCH_BYTES = 256_000_000
_LONGEST = 1024
_PATTERN = re.compile(r"[*?\[]")
_SQL = re.compile(r"\b(from|join|copy|into|attach|read_\w+|scan_\w+|\w+_scan)\b", re.IGNORECASE)
_QUOTED = re.compile(r"'([^'\n]{1,512})'|\"([^\"\n]{1,512})\"")
_SCHEME = re.compile(r"^(?:file|local):(?://)?")


@dataclass(frozen=True, slots=True)
class Given:
    """What the named files hold at one moment.

    Attributes:
        files: name and digest of each file that is named itself.
        groups: for each folder or pattern, as `folder data` or `files data/*.csv`, the same of
            the files in it.
        around: names in the working directory, to see what a compiled writer left there.

    """

    files: Mapping[str, str]
    groups: Mapping[str, Mapping[str, str]]
    around: frozenset[str] = frozenset()

    def flat(self) -> dict[str, str]:
        """Name and digest of every file, however it is named."""
        found = dict(self.files)
        for group in self.groups.values():
            found.update(group)
        return found

    def components(
        self, outputs: Iterable[str] = (), *, folders_read: bool = True
    ) -> list[tuple[str, str]]:
        """Parts of a manifest: `("file data.csv", digest)`; not of files that the step writes.

        Those count all the same where they match a pattern, or lie in a folder that a compiled
        reader may be given: the next run would read what this one wrote.
        """
        without = frozenset(outputs)
        alone = [(f"file {n}", d) for n, d in sorted(self.files.items()) if n not in without]
        return alone + list(self._of_groups(without, folders_read=folders_read))

    def _of_groups(
        self, without: frozenset[str], *, folders_read: bool
    ) -> Iterator[tuple[str, str]]:
        for name, group in sorted(self.groups.items()):
            if folders_read or not name.startswith("folder "):
                yield name, _digest(sorted(group.items()))
                continue
            others = [(n, d) for n, d in sorted(group.items()) if n not in without]
            if others or name.removeprefix("folder ") not in without:
                yield name, _digest(others)

    def may_be_read(self, *, folders_read: bool) -> set[str]:
        """Names that a compiled reader may meet by a pattern, or by their folder."""
        groups = [
            group
            for name, group in self.groups.items()
            if folders_read or not name.startswith("folder ")
        ]
        return set().union(*groups)


NOTHING = Given({}, {})


def _digest(pairs: Iterable[tuple[str, str]]) -> str:
    told = "".join(f"{name}\0{digest}\n" for name, digest in pairs)
    return blake3(told.encode("utf-8", "surrogateescape")).hexdigest()


def given(texts: Iterable[str], patterns: Iterable[str], places: Places) -> Given:
    """The files that exist now among those that these texts name, and those of `--file` patterns.

    `texts`: every str and path in a cell's literals and inputs. Cost: a stat for each text, and
    for each file that is new or changed a read.

    Raises:
        UsageError: a pattern of `--file` matches nothing.

    """
    if isinstance(texts, Collection) and len(texts) <= _FEW_TEXTS and not patterns:
        texts = [text for text in texts if not _is_plain(text) or _is_there(text)]
        if not texts:
            return NOTHING
    with own_traffic():
        finder = _Finder(places)
        for text in _candidates(set(texts)):
            finder.look(text)
        for pattern in patterns:
            if not finder.look(pattern):
                raise UsageError(
                    f"--file {pattern} matches no file",
                    remedy=f"name one that exists; relative paths start at {os.getcwd()}",  # noqa: PTH109
                )
        return Given(finder.files, finder.groups)


@lru_cache(maxsize=4096)
def _is_plain(text: str) -> bool:
    """Whether a text can name but one path: the one that it is."""
    told = _PATTERN.search(text) or _SCHEME.match(text) or _SQL.search(text)
    return not told and 0 < len(text) < _LONGEST and text[0] != "~" and "\0" not in text


def _is_there(text: str) -> bool:
    """Whether there is anything of that name; True where the system cannot be asked."""
    try:
        return _access(text, os.F_OK)
    except ValueError:
        return True


def _candidates(texts: set[str]) -> Iterator[str]:
    """Each text that may name files, and the names that stand quoted in SQL."""
    patterns = 0
    many = len(texts) > _MANY_TEXTS
    for text in sorted(texts):
        if _SQL.search(text) and len(text) < 1_000_000:
            for single, double in _QUOTED.findall(text):
                yield single or double
        if not 0 < len(text) < _LONGEST or "\n" in text or "\0" in text:
            continue
        if many and "/" not in text and "." not in text:
            continue  # NOTE: of so many texts only those that look like paths are tried
        if _PATTERN.search(text):
            patterns += 1
            if patterns > _MANY_PATTERNS and "/" not in text:
                continue  # NOTE: prose has question marks; so much of it is not tried
        yield text


def with_around(found: Given, places: Places) -> Given:
    """The same with the names in the working directory, as they are before or after a run."""
    try:
        with os.scandir(os.curdir) as entries:
            names = [each.name for each in entries if each.name[0] != "." and each.is_file()]
        here = places.name(os.getcwd())  # noqa: PTH109  # Path.cwd costs five times as much
    except OSError:
        return found
    before = "" if here == "." else f"{here.rstrip('/')}/"
    return replace(found, around=frozenset(before + name for name in names))


class _Finder:
    """Gathers what the texts name."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.files: dict[str, str] = {}
        self.groups: dict[str, dict[str, str]] = {}

    def look(self, text: str) -> bool:
        """Add what a text names; whether that is anything."""
        plain = _SCHEME.sub("", text)
        forms = {text, plain} | ({os.path.expanduser(plain)} if plain[:1] == "~" else set())  # noqa: PTH111
        found = [self.path(form) for form in sorted(forms)]
        if not any(found) and _PATTERN.search(plain) and any(map(str.isalnum, plain)):
            return self.pattern(plain)
        return any(found)

    def path(self, path: str) -> bool:
        try:
            found = digests.signature(path)
        except (OSError, ValueError):
            return False
        whole = os.path.abspath(path)  # noqa: PTH100  # resolve() would follow links
        if found is None or not self.places.counts(whole):
            return False
        if bits.S_ISDIR(found[2]):
            return self.folder(whole)
        if bits.S_ISREG(found[2]):
            self.files[self.places.name(whole)] = digests.content(whole)
        return True

    def folder(self, whole: str) -> bool:
        if self.places.is_around(whole):
            return False
        self.groups[f"folder {self.places.name(whole)}"] = self.contents(_walk(whole))
        return True

    def pattern(self, pattern: str) -> bool:
        matched = []
        try:
            for path in glob.iglob(pattern, recursive=True):  # noqa: PTH207  # absolute ones too
                matched.append(os.path.abspath(path))  # noqa: PTH100
                if len(matched) > _TOO_MANY_FILES:
                    break
        except (OSError, ValueError, RecursionError, re.error):
            return False
        files = self.contents(path for path in matched if not os.path.isdir(path))  # noqa: PTH112
        if files:
            self.groups[f"files {pattern}"] = files
        return bool(files)

    def contents(self, paths: Iterable[str]) -> dict[str, str]:
        """Digest of each file. NOTE: where they are many or large, by size and time of change.

        Of so many that looking at each is too much, a digest that nothing equals: always a miss.
        """
        found: dict[str, digests.Signature] = {}
        for number, path in enumerate(paths):
            if number >= _TOO_MANY_FILES:
                return {"too many files": clock.new_id("files")}
            try:
                seen = digests.signature(path)
            except OSError:
                continue
            if seen is not None and bits.S_ISREG(seen[2]) and self.places.counts(path):
                found[path] = seen
        coarse = len(found) > _MANY_FILES or sum(s[3] for s in found.values()) > _MUCH_BYTES
        return {
            self.places.name(path): f"{seen[3]} {seen[4]}" if coarse else digests.content(path)
            for path, seen in found.items()
        }


def _walk(folder: str) -> Iterator[str]:
    for place, below, names in os.walk(folder):
        below[:] = sorted(each for each in below if each not in VERSIONED)
        yield from (os.path.join(place, name) for name in names)  # noqa: PTH118  # hot
