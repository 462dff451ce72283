"""Whether code does what neither its names nor its files show: then its outcome cannot be told."""

from __future__ import annotations

import ast
import builtins
import textwrap
from collections.abc import Callable, Iterator
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType

from workbench.keys.encoder import Sources
from workbench.keys.native import composed
from workbench.keys.origin import function_origin, origin, unwrapped

Lookup = Callable[[str], object]

MADE = "it gives "
"""How the reason begins that naming files takes away."""

_ALL_NAMES = frozenset({"locals", "vars", "dir", "eval", "exec", "globals"})
_ASKS = frozenset(
    {
        "stat", "lstat", "fstat", "getmtime", "getctime", "getatime", "samefile", "sameopenfile",
        "samestat", "readlink", "statvfs", "getxattr", "listxattr", "is_mount",
        "ismount", "fwalk", "inode",
    }
)  # fmt: skip
"""Questions about files whose answers no key holds: times, owners, links. Others are watched."""
_SETS = frozenset(
    {"setLevel", "addHandler", "removeHandler", "addFilter", "removeFilter", "basicConfig",
     "dictConfig", "fileConfig"}
)  # fmt: skip
"""Methods that set up logging, which a hit would not do again."""
_EFFECTS = frozenset(
    {
        "atexit.register", "atexit.unregister", "os.putenv", "os.unsetenv", "os.umask", "os.nice",
        "sys.settrace", "sys.setprofile", "sys.addaudithook", "sys.setswitchinterval",
        "threading.settrace", "threading.setprofile", "codecs.register", "csv.register_dialect",
        "mimetypes.add_type", "copyreg.pickle", "gc.disable", "gc.enable", "gc.freeze",
        "gc.set_threshold", "sys.set_int_max_str_digits", "codecs.register_error",
        "mimetypes.init", "faulthandler.enable", "shutil.register_archive_format",
        "shutil.register_unpack_format", "logging.addLevelName", "logging.setLoggerClass",
        "logging.captureWarnings", "sqlite3.register_adapter", "sqlite3.register_converter",
    }
)  # fmt: skip
"""Functions that change this process, and nothing that is looked at afterwards (`cells.ambient`)."""
_HOMES = frozenset({"os", "posix", "nt", "genericpath", "posixpath", "ntpath"})
_FOREIGN = frozenset({"installed", "standard"})
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def untracked(tree: ast.Module, lookup: Lookup, sources: Sources) -> str:
    """Why what this code does cannot be told, in a few words; "" where it can.

    `lookup` gives the live object behind a name. The user's own functions are followed.
    """
    seen: set[int] = set()
    pending = [(tree, lookup, True)]
    while pending:
        code, known, here = pending.pop()
        for node in ast.walk(code):
            if here and isinstance(node, ast.Global):
                return f"a function sets the global {node.names[0]}"
            if (
                here
                and isinstance(node, _COMPREHENSIONS)
                and any(isinstance(inner, ast.NamedExpr) for inner in ast.walk(node))
            ):
                return "a comprehension binds a name"
            asked = _asked(node, known)
            if asked:
                return f"it asks about files ({asked})"
            done = _done(node, known, code)
            if done:
                return done
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                value = known(node.id)
                if here and node.id in _ALL_NAMES and value is vars(builtins)[node.id]:
                    return f"it uses {node.id}()"
                pending += _behind(value, sources, seen)
    return ""


def _done(node: ast.AST, known: Lookup, code: ast.Module) -> str:
    """What a piece of code does to the process or to a library, "" if nothing."""
    if isinstance(node, ast.Import) and any(each.name == "__main__" for each in node.names):
        return "it reads all names (__main__)"
    if isinstance(node, ast.Attribute) and node.attr in _SETS:
        return f"it sets up logging ({node.attr})"
    if isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
        owner = _library(node.value, known, code)
        return f"it changes {owner}" if owner else ""
    return _called(node, known, code) if isinstance(node, ast.Call) else ""


def _called(node: ast.Call, known: Lookup, code: ast.Module) -> str:
    """What a call does that nothing else shows, "" if nothing."""
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if name in {"setattr", "delattr"} and node.args:
        owner = _library(node.args[0], known, code)
        return f"it changes {owner}" if owner else ""
    if name == "getattr" and len(node.args) > 1 and not isinstance(node.args[1], ast.Constant):
        owner = _library(node.args[0], known, code)
        return f"it reads all names (of {owner})" if owner == "builtins" else ""
    read = composed(node, code)
    if read:
        return f"{MADE}{read} a file name that it makes: name the files with --file"
    called = _dotted(node.func, known)
    return f"it changes this process ({called})" if called in _EFFECTS else ""


def _library(node: ast.expr, known: Lookup, code: ast.Module) -> str:
    """The library, "json.JSONEncoder", that an expression is a part of; "" if it is of none."""
    chain: list[str] = []
    while isinstance(node, ast.Attribute | ast.Subscript):
        chain.insert(0, node.attr if isinstance(node, ast.Attribute) else "[…]")
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    value = known(node.id)
    module = isinstance(value, ModuleType) or (value is None and node.id in _imported(code))
    if module or (isinstance(value, type | FunctionType) and origin(value.__module__) in _FOREIGN):
        return ".".join([node.id, *chain])
    return ""


def _imported(code: ast.Module) -> set[str]:
    """Names that the code itself binds to modules."""
    return {
        alias.asname or alias.name.partition(".")[0]
        for node in ast.walk(code)
        if isinstance(node, ast.Import)
        for alias in node.names
    }


def _dotted(node: ast.expr, known: Lookup) -> str:
    """A called function's full name: "atexit.register", however it is reached."""
    if isinstance(node, ast.Name):
        value = known(node.id)
        if isinstance(value, FunctionType | BuiltinFunctionType):
            return f"{value.__module__}.{value.__name__}"
        return ""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        value = known(node.value.id)
        owner = value.__name__ if isinstance(value, ModuleType) else node.value.id
        return f"{owner}.{node.attr}"
    return ""


def _asked(node: ast.AST, known: Lookup) -> str:
    """The question about files that a piece of code mentions, "" if none."""
    if isinstance(node, ast.Attribute):
        return node.attr if node.attr in _ASKS else ""
    if isinstance(node, ast.keyword):
        return node.arg if node.arg == "dir_fd" else ""
    if isinstance(node, ast.ImportFrom) and node.module in {*_HOMES, "os.path"}:
        return next((each.name for each in node.names if each.name in _ASKS), "")
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        value = known(node.id)
        if isinstance(value, FunctionType | BuiltinFunctionType) and value.__module__ in _HOMES:
            return value.__name__ if value.__name__ in _ASKS else ""
    return ""


def _behind(
    value: object, sources: Sources, seen: set[int]
) -> Iterator[tuple[ast.Module, Lookup, bool]]:
    """The source of a function of the user's own, with its names, and whether they are the cell's."""
    value = unwrapped(value)
    function = value.__func__ if isinstance(value, MethodType) else value
    if not isinstance(function, FunctionType) or id(function) in seen:
        return
    seen.add(id(function))
    whence = function_origin(function)
    if whence not in {"main", "own"}:
        return
    text = sources.source_of(function)
    try:
        tree = ast.parse(textwrap.dedent(text or ""))
    except SyntaxError:
        return

    def known(name: str) -> object:
        return function.__globals__.get(name, getattr(builtins, name, None))

    yield tree, known, whence == "main"
