"""Whether code depends on what no key can see: the clock, randomness, the environment.

Names are looked up, so aliases are seen (`from time import time as t`), and the user's own functions are
followed. A reason too many costs a run of the step, one too few would serve a stale value.
"""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import FunctionType, MethodType, ModuleType
from typing import Any

from workbench.keys.encoder import Sources

Lookup = Callable[[str], object]

_MODULES = {
    "time": "the clock",
    "random": "random numbers",
    "secrets": "random numbers",
    "numpy.random": "random numbers",
    "getpass": "the terminal",
    "importlib": "modules by name",
}
_HARMLESS = frozenset({"time.sleep", "time.strftime", "time.strptime", "time.gmtime"})
_ATTRIBUTES = {
    "datetime.datetime": ({"now", "today", "utcnow"}, "the clock"),
    "datetime.date": ({"today"}, "the clock"),
    "os": ({"environ", "environb", "getenv", "urandom", "getpid", "getrandom"}, "the environment"),
    "uuid": ({"uuid1", "uuid4", "getnode"}, "random numbers"),
}
_SCOPES = frozenset({"locals", "vars", "dir", "eval", "exec", "globals"})
_BUILTINS = {
    "input": "the terminal",
    "eval": "code made at run time",
    "exec": "code made at run time",
    "compile": "code made at run time",
    "globals": "all names",
    "locals": "all names",
    "vars": "all names",
    "__import__": "modules by name",
    "breakpoint": "the terminal",
    "id": "addresses in memory",
}


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found, in a few words each; "" where nothing was.

    `volatile` says why the outcome counts for its own run only, `untracked` why what the code
    binds cannot be told at all.
    """

    volatile: str
    untracked: str


def search(tree: ast.AST, lookup: Lookup, sources: Sources) -> Findings:
    """Look through code and the user's own functions behind it.

    `lookup` gives the live object behind a name, None where there is none yet.
    """
    found = _Search(sources)
    return Findings(found.code(tree, lookup), found.untracked)


class _Search:
    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self.seen: set[int] = set()
        self.untracked = ""

    def code(self, tree: ast.AST, lookup: Lookup) -> str:
        imported = dict(_imported(tree))

        def known(name: str) -> object:
            return imported[name] if name in imported else lookup(name)

        return next(filter(None, [self.node(node, known) for node in ast.walk(tree)]), "")

    def node(self, node: ast.AST, lookup: Lookup) -> str:
        if isinstance(node, ast.Global):
            self.untracked = f"a function sets the global {node.names[0]}"
        if (
            isinstance(node, ast.Name)
            and node.id in _SCOPES
            and lookup(node.id) is vars(builtins).get(node.id)
        ):
            self.untracked = f"it uses {node.id}()"
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            return self.value(_resolved(node, lookup), ast.unparse(node))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            return self.value(lookup(node.id), node.id)
        return ""

    def value(self, value: object, shown: str) -> str:
        source = _source_of(value)
        if source:
            return f"it reads {source} ({shown[:40]})"
        if isinstance(value, MethodType):
            value = value.__func__
        if isinstance(value, FunctionType) and id(value) not in self.seen:
            self.seen.add(id(value))
            return self.function(value)
        return ""

    def function(self, function: FunctionType) -> str:
        """A function of the user's own; others are known by name only."""
        if not _is_users(function):
            return ""
        text = self.sources.source_of(function)
        try:
            tree = ast.parse(_dedented(text or ""))
        except SyntaxError:
            return ""
        return self.code(tree, lambda name: _global(function.__globals__, name))


def _source_of(value: object) -> str:
    """What a live object reads from outside, if it is one of those known to."""
    if value is None:
        return ""
    module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    owner = getattr(value, "__self__", None)
    for of in (value, type(value)):
        home = str(getattr(of, "__module__", None) or "")
        if home.startswith("numpy.random") or (home == "random" and of is not value):
            return "random numbers"
    if (isinstance(owner, ModuleType) and owner.__name__ == "builtins") or module == "builtins":
        return _BUILTINS.get(str(name), "") if callable(value) else ""
    if isinstance(value, Mapping) and value is getattr(sys.modules.get("os"), "environ", None):
        return "the environment"
    return _by_home(value, str(module), str(name), owner)


def _by_home(value: object, module: str, name: str, owner: object) -> str:
    if isinstance(owner, type) and owner.__module__ == "datetime":
        names, source = _ATTRIBUTES.get(f"datetime.{owner.__name__}", (set(), ""))
        return source if name.rpartition(".")[2] in names else ""
    short = name.rpartition(".")[2]
    if module in _MODULES and callable(value) and f"{module}.{short}" not in _HARMLESS:
        return _MODULES[module] if not isinstance(value, type) or module == "random" else ""
    if module == "random" or type(owner).__module__ == "random":
        return "random numbers"
    if module in {"os", "posix", "nt"} and short in _ATTRIBUTES["os"][0]:
        return "the environment"
    if module == "uuid" and short in _ATTRIBUTES["uuid"][0]:
        return "random numbers"
    return ""


def _resolved(node: ast.Attribute, lookup: Lookup) -> object:
    """The live object behind `a.b.c`, through modules and classes only: no user code runs."""
    if isinstance(node.value, ast.Attribute):
        owner = _resolved(node.value, lookup)
    elif isinstance(node.value, ast.Name):
        owner = lookup(node.value.id)
    else:
        return None
    if isinstance(owner, ModuleType):
        return vars(owner).get(node.attr) or _lazy(owner, node.attr)
    if isinstance(owner, type) and owner.__module__ == "datetime":
        return getattr(owner, node.attr, None)
    return None


def _lazy(module: ModuleType, name: str) -> object:
    return sys.modules.get(f"{module.__name__}.{name}")


def _imported(tree: ast.AST) -> Iterator[tuple[str, object]]:
    """Names that the code itself imports, where their modules are loaded already."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                whole = alias.name if alias.asname else alias.name.partition(".")[0]
                yield alias.asname or whole, _module(whole)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                module = _module(node.module)
                yield alias.asname or alias.name, getattr(module, alias.name, None)


def _module(name: str) -> object:
    found = sys.modules.get(name)
    if found is None and name.partition(".")[0] in {*_MODULES, "uuid", "os", "datetime"}:
        import importlib  # the standard library's own, and the code is about to import it

        found = importlib.import_module(name)
    return found


def _is_users(function: FunctionType) -> bool:
    top = (function.__module__ or "").partition(".")[0]
    file = function.__code__.co_filename
    return top == "__main__" or not (
        top in sys.stdlib_module_names or "site-packages" in file or top == "workbench"
    )


def _global(namespace: Mapping[str, Any], name: str) -> object:
    return namespace.get(name, getattr(builtins, name, None))


def _dedented(text: str) -> str:
    import textwrap

    return textwrap.dedent(text)
