"""Source text and compiled code: what they say, without where they stand and how they look."""

from __future__ import annotations
import __future__

import ast
import dis
import marshal
import sys
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from types import CodeType
from typing import TYPE_CHECKING, Any

from workbench.keys import wire

if TYPE_CHECKING:
    from collections.abc import Iterator

_FUTURE = 0
for _name in __future__.all_feature_names:
    _FUTURE |= getattr(__future__, _name).compiler_flag

_SKIPPED = frozenset({"type_comment", "type_ignores", "kind", "ctx"})
_TYPED = (ast.Constant, ast.MatchSingleton)


def _codes(*names: str) -> tuple[int, ...]:
    return tuple(dis.opmap[name] for name in names if name in dis.opmap)


_NAMES = _codes(
    "LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS", "STORE_GLOBAL", "DELETE_GLOBAL"
)
_ATTRIBUTES = frozenset(_codes("LOAD_ATTR", "LOAD_METHOD", "STORE_ATTR", "DELETE_ATTR"))
_SILENT = frozenset(_codes("CACHE", "EXTENDED_ARG", "NOP"))
_EXTENDED, _IMPORT_NAME = _codes("EXTENDED_ARG", "IMPORT_NAME")
_SHIFTED = dict.fromkeys((*_NAMES, *_ATTRIBUTES), 0)
_SHIFTED |= dict.fromkeys(_codes("LOAD_GLOBAL"), 1)
if sys.version_info >= (3, 12):
    _SHIFTED |= dict.fromkeys(_codes("LOAD_ATTR"), 1)
"""Bits below the number of the name in an instruction's argument."""

_SIMPLE = frozenset({type(None), bool, int, float, complex, str, bytes})
_PLAIN = 0
"""The version of marshal's format that knows neither references nor interned strings."""

_PYTHON = "{}.{}".format(*sys.version_info[:2])
_MEMO = 16384


@dataclass(frozen=True, slots=True)
class Reads:
    """What compiled code takes from outside itself, nested functions included.

    chains   names looked up in its module, with the attributes that follow: ("np", "random")
    imports  (name, level, names taken from it) of each import statement
    texts    its str constants, which may name files
    names    every attribute name it mentions
    passes   whether it passes a module on that it imported: what is taken from it is then not known
    """

    chains: tuple[tuple[str, ...], ...]
    imports: tuple[tuple[str, int, tuple[str, ...]], ...]
    texts: tuple[str, ...]
    names: frozenset[str]
    passes: bool


def normalised(source: str) -> bytes:
    """Return what a piece of source says: its AST without positions, comments and layout.

    Docstrings count, as prompts do, and so does the type of a constant. An indented piece is read
    in its place, since taking the indent away would change its multi-line strings. Costs about
    10 µs a line.

    Raises:
        SyntaxError: it is not Python.

    """
    return _dump(parse(source))


def parse(source: str) -> list[ast.stmt]:
    """Return the statements of a piece of source, indented or not.

    Raises:
        SyntaxError: it is not Python.

    """
    try:
        return ast.parse(source).body
    except IndentationError as error:
        blocks = ast.parse("if 1:\n" + source).body
        if len(blocks) != 1 or not isinstance(blocks[0], ast.If) or blocks[0].orelse:
            raise SyntaxError("a piece of source that leaves its own indent") from error
        return blocks[0].body
    except ValueError as error:
        raise SyntaxError(str(error)) from error


def _dump(statements: list[ast.stmt]) -> bytes:
    """Return statements as bytes; on a stack of its own, since expressions nest deeply."""
    parts: list[bytes] = []
    stack: list[Any] = [statements]
    while stack:
        item = stack.pop()
        if isinstance(item, ast.AST):
            fields = list(_fields(item))
            parts += (b"(", wire.text(type(item).__name__), wire.SIZE(len(fields)))
            for name, value in reversed(fields):
                stack += (value, name)
        elif isinstance(item, list):
            parts.append(b"[" + wire.SIZE(len(item)))
            stack.extend(reversed(item))
        else:
            part = wire.leaf(item)
            assert part is not None, item  # the grammar has no other constants
            parts.append(part)
    return b"".join(parts)


def _fields(node: ast.AST) -> Iterator[tuple[str, Any]]:
    """Yield the fields of a node that say something."""
    for name, value in ast.iter_fields(node):
        empty = value is None or (isinstance(value, list) and not value)
        if name in _SKIPPED or (empty and not isinstance(node, _TYPED)):
            continue
        yield name, value


def function_text(code: CodeType, source: str | None) -> tuple[str, bytes]:
    """Return what stands for the body of a function: ("source" or "code", 32 bytes).

    The source is taken only if it compiles to this very code: what is on disk may have changed
    since, and the source of a lambda is the line it stands on, with others beside it. About
    0.3 ms, 1 µs when asked again.
    """
    return _function_text(code, source)


@lru_cache(_MEMO)
def _function_text(code: CodeType, source: str | None) -> tuple[str, bytes]:
    if source is not None and code.co_name != "<lambda>":
        try:
            statements = parse(source)
            if _compiles_to(statements, code):
                flags = wire.integer(code.co_flags & _FUTURE)
                return "source", wire.fingerprint(_dump(statements) + flags)
        except (SyntaxError, RecursionError):
            pass  # not the text of this function: its code stands for it
    return "code", code_digest(code)


def _compiles_to(statements: list[ast.stmt], code: CodeType) -> bool:
    """Return whether the one function defined there is this one."""
    if len(statements) != 1:
        return False
    (node,) = statements
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return False
    flags = code.co_flags & _FUTURE
    module = compile(_in_place(node, code), "<key>", "exec", flags=flags, dont_inherit=True)
    wanted = code_digest(code)
    return any(
        found.co_name == code.co_name and code_digest(found) == wanted for found in _inner(module)
    )


def _in_place(node: ast.FunctionDef | ast.AsyncFunctionDef, code: CodeType) -> ast.Module:
    """Return a module that defines the function where its names mean the same.

    A function around it makes its free variables free; a class around it mangles `__names`.
    """
    copy: Any = type(node)(**{**dict(ast.iter_fields(node)), "decorator_list": []})
    ast.copy_location(copy, node)
    body: ast.stmt = copy
    owner = code.co_qualname.split(".")[-2:-1]
    if owner and owner != ["<locals>"]:
        body = _around("class X: pass", body)
        body.name = owner[0]  # type: ignore[attr-defined]
    if "<locals>" in code.co_qualname:
        free = [name for name in code.co_freevars if name != "__class__"]
        body = _around(f"def outer({', '.join(free)}): pass", body)
    return ast.fix_missing_locations(ast.Module(body=[body], type_ignores=[]))


def _around(template: str, body: ast.stmt) -> ast.stmt:
    (outer,) = ast.parse(template).body
    outer.body = [body]  # type: ignore[attr-defined]
    return outer


def _inner(code: CodeType) -> Iterator[CodeType]:
    """Yield the code objects inside one, at any depth."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _inner(constant)


_digests: dict[int, tuple[CodeType, bytes]] = {}
_taken: dict[int, tuple[CodeType, Reads]] = {}
"""By the id of a code object that is held, since hashing one takes as long as reading it."""


def code_digest(code: CodeType) -> bytes:
    """Return 32 bytes for compiled code: what it does, not where it stands.

    Stable within one minor version of Python, which is part of it. About 4 µs, 0.1 when asked again.
    """
    known = _digests.get(id(code))
    if known is not None:
        return known[1]
    if len(_digests) >= _MEMO:
        _digests.clear()
    names = (
        _PYTHON, code.co_name, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars,
        code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags,
    )  # fmt: skip
    told = marshal.dumps(names, _PLAIN)
    parts = (
        wire.framed(b"b", told), wire.framed(b"b", code.co_code),
        wire.framed(b"b", code.co_exceptiontable), _constants(code.co_consts),
    )  # fmt: skip
    found = wire.fingerprint(b"".join(parts))
    _digests[id(code)] = (code, found)
    return found


def _constants(values: tuple[Any, ...]) -> bytes:
    """Return the constants of compiled code; texts and numbers, which most are, all at once."""
    if _SIMPLE.issuperset(map(type, values)):
        return b"m" + wire.framed(b"b", marshal.dumps(values, _PLAIN))
    return _constant(values)


def _constant(value: Any) -> bytes:
    """Return a constant of compiled code; the order of a frozenset does not count."""
    if isinstance(value, CodeType):
        return b"C" + code_digest(value)
    if isinstance(value, tuple):
        return b"t" + wire.SIZE(len(value)) + b"".join(map(_constant, value))
    if isinstance(value, frozenset):
        return b"z" + wire.SIZE(len(value)) + b"".join(sorted(map(_constant, value)))
    part = wire.leaf(value)
    if part is None:
        raise TypeError(f"a constant of type {type(value).__name__}")
    return part


def reads(code: CodeType) -> Reads:
    """Return what a function takes from outside; about 5 µs, 0.1 when asked again.

    Names that it sets there count as well: whether it changed something is seen by reading it again.
    """
    known = _taken.get(id(code))
    if known is not None:
        return known[1]
    if len(_taken) >= _MEMO:
        _taken.clear()
    operations = code.co_code[::2]
    chains = set(_chains(code, operations))
    imports = set(_imports(code)) if _IMPORT_NAME in operations else set()
    passes = bool(imports) and _passes_import(code)
    texts, names = set(_texts(code.co_consts)), set(code.co_names)
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            below = reads(inner)
            chains.update(below.chains)
            imports.update(below.imports)
            texts.update(below.texts)
            names |= below.names
            passes |= below.passes
    found = Reads(
        tuple(sorted(chains)),
        tuple(sorted(imports)),
        tuple(sorted(texts)),
        frozenset(names),
        passes,
    )
    _taken[id(code)] = (code, found)
    return found


def _chains(code: CodeType, operations: bytes) -> Iterator[tuple[str, ...]]:
    """Yield each name that is looked up or set in the module, with the attributes that follow it."""
    names, arguments = code.co_names, code.co_code[1::2]
    for start in _positions(operations):
        chain = [names[_argument(operations, arguments, start) >> _SHIFTED[operations[start]]]]
        at = _next(operations, start)
        while at < len(operations) and operations[at] in _ATTRIBUTES:
            chain.append(names[_argument(operations, arguments, at) >> _SHIFTED[operations[at]]])
            at = _next(operations, at)
        yield tuple(chain)


def _positions(operations: bytes) -> Iterator[int]:
    for operation in _NAMES:
        at = operations.find(operation)
        while at >= 0:
            yield at
            at = operations.find(operation, at + 1)


def _next(operations: bytes, at: int) -> int:
    """Return where the next instruction stands, past this one's cache and what says nothing."""
    at += 1
    while at < len(operations) and operations[at] in _SILENT:
        at += 1
    return at


def _argument(operations: bytes, arguments: bytes, at: int) -> int:
    """Return an instruction's argument, whose higher bytes stand before it."""
    found, shift = arguments[at], 0
    while at and operations[at - 1] == _EXTENDED:
        at, shift = at - 1, shift + 8
        found |= arguments[at] << shift
    return found


def _texts(constants: Any) -> Iterator[str]:
    for value in constants:
        if isinstance(value, str):
            yield value
        elif isinstance(value, (tuple, frozenset)):
            yield from _texts(value)


def _imports(code: CodeType) -> Iterator[tuple[str, int, tuple[str, ...]]]:
    """Yield the import statements; level and list of names are loaded just before."""
    steps = [step for step in dis.get_instructions(code) if step.opcode not in _SILENT]
    for level, names, step in zip(steps, steps[1:], steps[2:], strict=False):
        if step.opname == "IMPORT_NAME":
            taken = names.argval if isinstance(names.argval, tuple) else ()
            yield step.argval, level.argval if isinstance(level.argval, int) else 0, taken


def _passes_import(code: CodeType) -> bool:
    """Return whether a name that an import binds is loaded without an attribute after it."""
    steps = [step for step in dis.get_instructions(code) if step.opcode not in _SILENT]
    bound = {
        step.argval
        for number, step in enumerate(steps)
        if step.opname.startswith("STORE_")
        and any(
            before.opname.startswith("IMPORT_") for before in steps[max(0, number - 4) : number]
        )
    }
    if any(name in bound for inner in _inner(code) for name in inner.co_freevars):
        return True
    return any(
        step.opname.startswith("LOAD_")
        and not bound.isdisjoint(step.argval if isinstance(step.argval, tuple) else (step.argval,))
        and after.opcode not in _ATTRIBUTES
        for step, after in pairwise(steps)
    )


def chains(tree: ast.AST) -> Iterator[tuple[str, ...]]:
    """Yield every name that source code takes or sets, with the attributes that follow it."""
    inner: set[int] = set()
    for node in ast.walk(tree):  # what is outside comes first
        if id(node) in inner or not isinstance(node, (ast.Name, ast.Attribute)):
            continue
        chain: list[str] = []
        step: ast.expr = node
        while isinstance(step, ast.Attribute):
            chain.insert(0, step.attr)
            step = step.value
            inner.add(id(step))
        if isinstance(step, ast.Name):
            yield (step.id, *chain)
