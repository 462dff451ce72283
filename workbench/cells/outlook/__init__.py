"""What each step of a saved notebook would do if it ran now, told without running anything.

No kernel is asked, so values are taken to be those of last time. What can be seen is compared: the
saved code, files, modules by their files, what an outcome rests on, and its age.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from workbench import clock
from workbench.cells import facts, files, totals
from workbench.cells.files import FileSet, digests
from workbench.cells.files.given import given
from workbench.cells.files.paths import Places, places
from workbench.cells.outlook.saved import SavedStep
from workbench.keys import changes, code, manifest
from workbench.keys.canonical import digest
from workbench.keys.changes import Facts
from workbench.keys.manifest import Manifest
from workbench.store.folder import Store
from workbench.store.port import Checkpoint
from workbench.ui.text import count, money
from workbench.views import Outlook, Row, Table

_COLUMNS = ("step", "status", "why", "last_at", "calls", "tokens", "cost_microusd")
_NAMED = 3
_RUN = "the run, because "
_INPUT = "input "
_MODULE = "module "


@dataclass(frozen=True, slots=True)
class Seen:
    """A step cell, its last execution (None if there is none), and what running it would do."""

    step: SavedStep
    last: Row | None
    outlook: Outlook


def look(
    store: Store,
    notebook: str,
    cells: Sequence[SavedStep],
    last: dict[str, Row],
    live: Callable[[SavedStep], Outlook] | None = None,
) -> list[Seen]:
    """The outlook of each step cell, in order. Cost: a stat of each recorded file, a read of new ones.

    `live`, in a kernel, tells it from the values there. A step that would be a hit but reads what a
    step before it will make anew is `unknown`.
    """
    looking = _Looking(store, notebook, places(str(store.folder)))
    unsure: dict[str, str] = {}
    seen: list[Seen] = []
    for cell in cells:
        if live is None:
            found, reads = looking.at(cell, last.get(cell.name))
        else:
            found, reads = _failed(live(cell), last.get(cell.name)), cell.reads
        upstream = next((name for name in reads if name in unsure), "")
        if found.status == "hit" and upstream:
            why = f"its input {upstream} comes from {unsure[upstream]}, which would run again"
            found = Outlook("unknown", why)
        for name in cell.binds:
            if found.status == "hit":
                unsure.pop(name, None)
            else:
                unsure[name] = cell.name
        seen.append(Seen(cell, _whole(store, notebook, last.get(cell.name)), found))
    return seen


def _whole(store: Store, notebook: str, last: Row | None) -> Row | None:
    """A step's last execution with the calls of the steps inside it, as its outcome has them."""
    known = facts.known(store, notebook, last["name"]) if last else []
    made = next((each.header["done"] for key, each in known if last and key == last["key"]), None)
    return {**last, **{name: made[name] for name in totals.SUMS}} if last and made else last


def _failed(found: Outlook, last: Row | None) -> Outlook:
    """The outlook of a step whose last execution failed, unless an outcome is served."""
    if found.status == "hit" or last is None or last["status"] != "failed":
        return found
    return Outlook("failed", last["error"], found.changes)


class _Sources:
    """For the digest of a cell's text, which reads no module."""

    def source_of(self, code_owner: object) -> str | None:
        del code_owner
        return None

    def module_digest(self, name: str) -> str | None:
        del name
        return None


@dataclass(frozen=True, slots=True)
class _Looking:
    """Compares one notebook's cells with what the store knows of them."""

    store: Store
    notebook: str
    places: Places

    def at(self, cell: SavedStep, last: Row | None) -> tuple[Outlook, Iterable[str]]:
        """The outlook of one step by itself, and the names that it reads."""
        if last is None:
            return Outlook("never", "it has not run in this store"), ()
        known = facts.known(self.store, self.notebook, cell.name)
        if last["status"] == "failed":
            return Outlook("failed", last["error"]), ()
        if cell.body is None:
            return Outlook("unknown", "the saved cell is no Python"), ()
        if not known:
            kept_not = last["why"] if last["why"].startswith("outcome not kept") else ""
            return Outlook("stale", kept_not or "no outcome of it is in the store"), ()
        found = [(each, key, self.now(cell, each)) for key, each in known]
        for checkpoint, key, now in found:
            if now == facts.manifest_of(checkpoint):
                refusal = self.refusal(cell, checkpoint, last)
                status = Outlook("stale", refusal) if refusal else Outlook("hit", checkpoint=key)
                return status, _inputs(now)
        return self.changed(cell, found)

    def changed(
        self, cell: SavedStep, found: list[tuple[Checkpoint, str, Manifest]]
    ) -> tuple[Outlook, Iterable[str]]:
        """What changed since the nearest outcome."""
        apart = [len(manifest.compare(facts.manifest_of(each), now)) for each, _, now in found]
        nearest, _, now = found[apart.index(min(apart))]
        old = facts.recorded(self.store, nearest, ())
        told = changes.between(old, Facts(now, cell.source.strip("\n"), {}))
        why = "; ".join(change.what for change in told[:_NAMED])
        more = f" and {len(told) - _NAMED} more" if len(told) > _NAMED else ""
        return Outlook("stale", f"{why}{more}", told), _inputs(now)

    def now(self, cell: SavedStep, recorded: Checkpoint) -> Manifest:
        """The manifest of a recorded outcome with what can be seen from here as it is now."""
        assert cell.body is not None
        touched = self.files(files.from_header(recorded.header["files"]))
        seen = dict(touched.components())
        named = []
        for name, before in facts.manifest_of(recorded).components:
            if name == "code":
                named.append((name, digest(code.normalised(cell.body), _Sources())))
            elif name.startswith(_MODULE):
                path = self.places.path(name.removeprefix(_MODULE))
                named.append((name, digests.content(path)))
            else:
                named.append((name, seen.get(name, before)))
        return Manifest(tuple(named))

    def files(self, recorded: FileSet) -> FileSet:
        """The files that an execution touched, and those that its values named, as they are now."""
        alone = [name.removeprefix("file ") for name, _ in recorded.given if _is_file(name)]
        groups = [name.partition(" ")[2] for name, _ in recorded.given if not _is_file(name)]
        named = given([self.places.path(each) for each in groups], (), self.places)
        now = files.look(recorded.shape(), named, self.places)
        each = [(f"file {n}", digests.content(self.places.path(n))) for n in alone]
        return replace(now, given=(*each, *(g for g in now.given if not _is_file(g[0]))))

    def refusal(self, cell: SavedStep, found: Checkpoint, last: Row) -> str:
        """Why an outcome that matches would not be served; "" if it would."""
        if cell.options.refresh:
            return "--refresh"
        names = [name for name, _ in facts.manifest_of(found).components]
        volatile = next((name for name in names if name.startswith(_RUN)), "")
        if volatile:
            reason = volatile.removeprefix(_RUN).rstrip(",")
            return f"an outcome of its own run only, because {reason}"
        age_s = (clock.now_us() - found.header["recorded_us"]) / 1e6
        if cell.options.ttl_s is not None and not 0 <= age_s < cell.options.ttl_s:
            return f"its outcome is {age_s / 3600:.1f} h old, over --ttl"
        if self.store.served.unmoved([(key, n) for key, n in found.header["consumed"]]):
            return "something that it used was made again since"
        if last["why"].startswith("outcome not kept"):
            return str(last["why"])
        return ""


def table(notebook: str, seen: Sequence[Seen], notes: Sequence[str]) -> Table:
    """The table of `status`: a line a step, and the sum of what their calls would cost again."""
    rows = tuple(map(_row, seen))
    made = [row for row in rows if row["calls"]]
    sums = [sum(row[name] or 0 for row in made) for name in ("calls", "tokens", "cost_microusd")]
    unknown = " and an unknown price" if any(r["cost_microusd"] is None for r in made) else ""
    total = (
        f"recorded calls cost nothing; making every one again (--refresh=calls) would take"
        f" {count(sums[0], 'call')}, {count(sums[1], 'token')}, {money(sums[2])}{unknown}"
    )
    return Table(f"steps of {notebook}", _COLUMNS, rows, (*([total] if made else []), *notes))


def _row(seen: Seen) -> Row:
    last = seen.last or {}
    row: Row = {
        "step": seen.step.name,
        "status": seen.outlook.status,
        "why": seen.outlook.why,
        "changes": seen.outlook.changes,
        "last_at": last.get("started_at"),
        **dict.fromkeys(("calls", "tokens", "cost_microusd")),
    }
    if last.get("tokens") is None:  # it never ran, or did not end
        return row
    cost = last["spent_microusd"] + last["saved_microusd"]
    row["calls"] = last["live_calls"] + last["hit_calls"]
    row["tokens"] = last["tokens"] + last["saved_tokens"]
    row["cost_microusd"] = None if last["unpriced"] and not cost else cost
    return row


def _is_file(name: str) -> bool:
    return name.startswith("file ")


def _inputs(whole: Manifest) -> tuple[str, ...]:
    """The names of the notebook that a step reads."""
    names: Iterable[str] = (name for name, _ in whole.components if name.startswith(_INPUT))
    return tuple(name.removeprefix(_INPUT).partition(".")[0] for name in names)


def notebook_file(notebook: str, root: Path | None) -> Path | None:
    """The file of a notebook, by its path or by its identity; None where there is none."""
    places_of = [Path(notebook), *([root / notebook] if root is not None else [])]
    return next((path.absolute() for path in places_of if path.is_file()), None)
