"""What a step's outcome depends on, read before it runs: its manifest, or why it has none."""

from __future__ import annotations

import ast
import builtins
import functools
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any

from workbench.cells import ambient
from workbench.cells.files.given import NOTHING, Given, given, with_around
from workbench.cells.files.paths import NOWHERE, Places, standing
from workbench.cells.modules import modules_imported
from workbench.cells.modules.learnt import Learnt, code_seen, learn_once, volatile_file
from workbench.cells.modules.places import is_first_party
from workbench.cells.modules.sources import FileSources
from workbench.cells.options import Options, expect_names
from workbench.cells.settings import settings
from workbench.errors import WorkbenchError
from workbench.keys import canonical, code, flow, volatile, writers
from workbench.keys.manifest import Manifest
from workbench.keys.modules import Used, chains_of, imported_uses
from workbench.keys.strings import mentioned, named_in_strings
from workbench.keys.untracked import MADE, untracked

Lookup = Callable[[str], Any]
Components = list[tuple[str, str]]
Chains = list[tuple[str, ...]]

SCHEMA = "2"
"""Version of the step key; a change makes every step miss, and replay its calls."""

_PYTHON = ".".join(map(str, sys.version_info[:2]))
_FIRST = (("schema", SCHEMA), ("python", _PYTHON))
_SHELL = re.compile(r"_{1,3}|_\d+|_i{1,3}|_i\d+|In|Out|__(?!name__|doc__|debug__)\w+__")
_FUNCTION = "the function"
_TEXT_CHARACTERS = 100_000
_NOTHING = "the cell reads no such name"


@dataclass(slots=True)  # never changed; to freeze it would cost 2 µs a hit
class Inputs:
    """A step's dependencies.

    Attributes:
        manifest: name and digest of each; None where one cannot be told.
        opaque: why there is no manifest, in a few words; "" if there is one.
        values: digest of each value that it takes, to see later whether it was changed.
        sharing: which of these values share changeable parts.
        code: digest of its code; of a function with all that its code reads.
        function: a function step's, where it may share parts with its arguments.
        chains: of each module that it takes, the attributes that its code reads.
        texts: the texts in its code and values, which may name files.
        only_written: those that its code surely writes to without having read them.
        folders_read: whether its code may hand a folder to a compiled reader.
        files: the files that they name, as they are now.
        places: where the project and the store are.
        outdated: its modules that are older than their files.

    """

    manifest: Manifest | None
    opaque: str
    values: dict[str, str]
    sharing: str = ""
    code: str = ""
    function: Any = None
    chains: Mapping[str, Chains] = field(default_factory=dict)
    texts: frozenset[str] = frozenset()
    only_written: frozenset[str] = frozenset()
    folders_read: bool = True
    files: Given = NOTHING
    places: Places = NOWHERE
    outdated: tuple[str, ...] = ()


def of_cell(
    body: str,
    tree: ast.Module,
    namespace: Mapping[str, Any],
    options: Options,
    *,
    run_id: str,
    store: str,
) -> Inputs:
    """The dependencies of a cell. Cost: one encoding of every value that it reads.

    Raises:
        UsageError: an option names something that is not there.

    """
    needed = flow.needed(tree)
    texts = literals(tree)
    strings = [v for n in needed if isinstance(v := namespace.get(n), str)]
    named = named_in_strings(tree, namespace, [s for s in strings if len(s) < _TEXT_CHARACTERS])
    if options.given:
        expect_names("--in", options.given, namespace, "there is no such name yet")
    names = {*needed, *named, *options.given} & namespace.keys()
    expect_names("--ignore", options.ignored, names, _NOTHING)
    used = {name: namespace[name] for name in sorted(names - set(options.ignored))}
    used |= ambient.new_builtins(needed - names)
    if "get_ipython" in needed:
        return Inputs(None, "it runs a magic or a shell command", {})
    shells = sorted(name for name in needed if _SHELL.fullmatch(name))
    if shells:
        return Inputs(None, f"it reads {shells[0]}, which is the shell's", {})
    step = _Step(tree, functools.partial(_lookup, namespace), used, texts, options, run_id, store)
    return step.inputs(lambda sources: canonical.digest(code.normalised(body), sources))


def of_function(
    function: Any, arguments: Mapping[str, Any], options: Options, *, run_id: str, store: str
) -> Inputs:
    """The dependencies of a function step's call: its function and its arguments by name."""
    if options.ignored:
        expect_names("ignore=", options.ignored, arguments, "the function has no such parameter")
    used = {name: arguments[name] for name in arguments if name not in options.ignored}
    sources = FileSources()
    texts: set[str] = set()
    try:
        seen = code_seen(function)
        read = _read(used, sources, texts.add, function if seen.changeable else None)
    except canonical.Opaque as problem:
        return Inputs(None, told(problem), {})
    here, folder = standing(store)
    begun = [
        *_FIRST,
        ("working directory", folder),
        (f"input {function.__name__}()", seen.digest),
        *[(f"input {name}", digest) for name, digest in read.each.items()],
    ]
    if read.sharing:
        begun.append(("sharing", read.sharing))
    files = {**seen.files, **sources.files()}
    begun += [(f"module {here.name(file)}", each) for file, each in files.items()]
    begun += settings()
    learnt = seen.learnt(function)
    lost = _unless_named(learnt.lost, options)
    if lost:
        return Inputs(None, lost, {})
    if learnt.only_here:
        if options.ttl_s is None and volatile.each_time(learnt.only_here):
            return Inputs(None, learnt.only_here, {})
        begun += _only_here(learnt.only_here, options, run_id)
    every = seen.texts.union(texts)
    return Inputs(
        manifest=Manifest(tuple(begun)),
        opaque="",
        values=read.each,
        sharing=read.sharing,
        code=seen.digest,
        function=function if seen.changeable and used else None,
        texts=every,
        files=given(every, options.files, here) if every or options.files else NOTHING,
        places=here,
        outdated=(*seen.outdated, *sources.outdated()),
    )


def _read(
    used: Mapping[str, Any], sources: FileSources, note: Callable[[str], None] | None, function: Any
) -> canonical.Digests:
    """Digests of arguments, and what they share, also with what a `function` reaches.

    A single one has nobody else to share parts with.
    """
    if function is not None and used:
        read = canonical.digests({**used, _FUNCTION: function}, sources, note=note)
        each = {name: digest for name, digest in read.each.items() if name != _FUNCTION}
        return canonical.Digests(each, read.sharing)
    if len(used) != 1:
        return canonical.digests(used, sources, note=note)
    ((name, value),) = used.items()
    return canonical.Digests({name: canonical.digest(value, sources, name=name, note=note)}, "")


def code_of(function: Any) -> str:
    """Digest of a function and of all that its code reads. Raises: canonical.Opaque."""
    return code_seen(function).digest


def _unless_named(lost: str, options: Options) -> str:
    """The reason, but none that the files given with `--file` take away."""
    return "" if options.files and lost.startswith(MADE) else lost


def _only_here(only_here: str, options: Options, run_id: str) -> Components:
    if not only_here or options.ttl_s is not None:
        return []
    run = (f"the run, because {only_here},", run_id)
    environment = [("environment", ambient.environment())]
    return [*(environment if volatile.reads_environment(only_here) else []), run]


@dataclass(slots=True)
class _Step:
    """A step about to be looked up: its code, the values that it takes, and what it was told."""

    tree: ast.Module
    lookup: Lookup
    used: dict[str, Any]
    texts: set[str]
    options: Options
    run_id: str
    store: str
    chains: dict[str, Chains] = field(default_factory=dict)

    def inputs(self, of_code: Callable[[FileSources], str]) -> Inputs:
        sources = FileSources()
        values = self.as_read()
        texts: set[str] = set()
        here, folder = standing(self.store)
        try:
            coded = of_code(sources)
            begun: Components = [
                *_FIRST,
                ("working directory", folder),
                ("code", coded),
            ]
            read = canonical.digests(values, sources, note=texts.add)
            begun += [(f"input {name}", digest) for name, digest in read.each.items()]
            begun += [("sharing", read.sharing)] if read.sharing else []
            begun += self.imports(sources)
        except canonical.Opaque as problem:
            return Inputs(None, told(problem), {})
        begun += [(f"module {here.name(file)}", each) for file, each in sources.files().items()]
        begun += settings()
        if self.options.kept is not None:
            begun.append(("outputs kept", ",".join(self.options.kept)))
        learnt = self.learn(begun, sources, texts)
        lost = _unless_named(learnt.lost, self.options)
        if lost and not (self.options.given and self.options.kept is not None):
            return Inputs(None, lost, {})
        if volatile.each_time(learnt.only_here) and self.options.ttl_s is None:
            return Inputs(None, learnt.only_here, {})
        begun += _only_here(learnt.only_here, self.options, self.run_id)
        every = frozenset(texts | self.texts)
        return Inputs(
            manifest=Manifest(tuple(begun)),
            opaque="",
            values=read.each,
            sharing=read.sharing,
            code=coded,
            chains=self.chains,
            texts=every,
            only_written=learnt.only_written,
            folders_read=learnt.folders_read,
            files=given(every, self.options.files, here),
            places=here,
            outdated=sources.outdated(),
        )

    def as_read(self) -> dict[str, Any]:
        """The values, each module as far as the code reads it."""
        self.chains = {
            name: chains_of(self.tree, name)
            for name, value in self.used.items()
            if type(value) is ModuleType
        }
        return as_read(self.used, self.chains)

    def imports(self, sources: FileSources) -> Components:
        """Modules that the code imports itself: their sources or versions, and their state now."""
        found: Components = []
        for name, taken in sorted(imported_uses(self.tree).items()):
            digest = sources.module_digest(name) or sources.version(name)
            found.append((f"import {name}", digest or "not there"))
            module = sys.modules.get(name)
            if isinstance(module, ModuleType) and is_first_party(module):
                used = canonical.digest(Used(module, taken), sources, name=name)
                found.append((f"state of {name}", used))
        own = [name for name in modules_imported(self.tree) if f"import {name}" not in dict(found)]
        return found + [(f"import {name}", str(sources.module_digest(name))) for name in own]

    def learn(self, begun: Components, sources: FileSources, texts: set[str]) -> Learnt:
        """What the code shows; looked at once for equal components, which tell how it behaves."""
        known = "\0".join(part for pair in begun for part in pair)
        return learn_once(known, functools.partial(self._learn, sources, texts))

    def _learn(self, sources: FileSources, texts: set[str]) -> Learnt:
        only_here = volatile.volatile(self.tree, self.lookup, sources)
        unseen = map(volatile_file, sources.unloaded())
        return Learnt(
            untracked(self.tree, self.lookup, sources),
            only_here or next(filter(None, unseen), ""),
            writers.only_written(self.tree, texts),
            writers.may_read_folders(mentioned(self.tree, self.used)),
        )


def before_run(found_in: Inputs) -> Inputs:
    """The inputs with what is needed to see what compiled writers leave behind."""
    return replace(found_in, files=with_around(found_in.files, found_in.places))


def literals(tree: ast.AST) -> set[str]:
    """The texts that stand in code, which may name files."""
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def told(problem: canonical.Opaque) -> str:
    """Why a value has no digest, and what to do about it."""
    name = re.split(r"[.\[]", problem.path, maxsplit=1)[0]
    return (
        f"{problem.path} is {problem.type_name}: {problem.reason}"
        f" (make it inside the step, or leave it out of the key: --ignore={name})"
    )


def as_read(values: Mapping[str, Any], chains: Mapping[str, Chains]) -> dict[str, Any]:
    """Values as a key sees them: modules as far as code reads them."""
    return {
        name: Used(value, chains[name]) if name in chains and type(value) is ModuleType else value
        for name, value in values.items()
    }


def digests(given_in: Inputs, values: Mapping[str, Any]) -> tuple[dict[str, str], str] | None:
    """Digests of a step's inputs as they are now, and their sharing; None where one has none."""
    now = {name: values[name] for name in given_in.values if name in values}
    try:
        read = _read(as_read(now, given_in.chains), FileSources(), None, given_in.function)
    except (canonical.Opaque, WorkbenchError):
        return None
    return read.each, read.sharing


def _lookup(namespace: Mapping[str, Any], name: str) -> Any:
    return namespace.get(name, getattr(builtins, name, None))
