"""Functions, methods, partials, builtins and modules: what they will do when called."""

from __future__ import annotations

import builtins
import functools
import sys
import types
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from workbench.keys import wire
from workbench.keys.code import code_digest, function_text, reads
from workbench.keys.encoder import Opaque, may_be_path
from workbench.keys.forms import put_late_names
from workbench.keys.modules import HANDLERS as MODULES
from workbench.keys.modules import MISSING, SCALARS, put_attributes, put_module, put_source
from workbench.keys.origin import home, origin, put_named, put_origin, resolves, unwrapped
from workbench.keys.own import put_own, reading

if TYPE_CHECKING:
    from workbench.keys.code import Reads
    from workbench.keys.encoder import Encoder, Handler

_PLAIN, _ODD, _UNBOUND, _BUILTIN = (
    wire.framed(b"#", name) for name in (b"plain", b"odd", b"missing", b"builtin")
)
_dispatched: Any = functools.singledispatch(len)
_DISPATCHER = _dispatched.__code__
_CYTHON = frozenset({"cython_function_or_method", "fused_cython_function"})
_HAS_DOCSTRING = 0x4000000
_BUILTINS = {
    name: value
    for name, value in vars(builtins).items()
    if getattr(value, "__module__", None) == "builtins" and value.__qualname__ == name
}
"""Python's own functions and classes, as they were before anybody put others in their place."""


def put_function(enc: Encoder, function: FunctionType) -> None:
    """Write a function.

    One of an installed module, found there under its name, is that module's digest and the name.
    One of the user's is its code and every global that the code names, by value: in a module, with
    that module's digest. A wrapper made by an installed module is that digest, its code and what
    it holds.
    """
    place = home(function)
    whence = origin(place)
    if whence == "own":
        put_own(enc, function, _put_own_function)
        return
    if enc.seen(function):
        return
    enc.enter()
    if whence == "main":
        _put_text(enc, function)
        _put_own_state(enc, function)
        _put_globals(enc, function, reads(function.__code__))
    elif function.__code__ is _DISPATCHER:
        _put_dispatcher(enc, function)
    elif _is_named(function, place):
        _put_named_function(enc, function, place)
    else:
        enc.tag("function in module")
        put_origin(enc, str(place))
        enc.parts.append(code_digest(function.__code__))
        _put_own_state(enc, function)
    enc.depth -= 1


def _put_dispatcher(enc: Encoder, function: Any) -> None:
    """Write a function under `functools.singledispatch`, without what it remembers of its calls."""
    enc.tag("singledispatch")
    enc.text(function.__qualname__)
    enc.put_at(".registry", dict(function.registry))
    enc.put_at(".__wrapped__", function.__wrapped__)


def _is_named(function: FunctionType, place: str | None) -> bool:
    """Return whether a module other than the notebook holds it under its own name.

    A notebook's function that `functools.wraps` made look like a module's is not that module's.
    """
    module = function.__module__
    if origin(module) == "main" or not resolves(function, module, function.__qualname__):
        return False
    return module == place or origin(place) in {"installed", "standard"}


def _put_named_function(enc: Encoder, function: FunctionType, place: str | None) -> None:
    put_named(enc, function.__module__, function.__qualname__)
    if place is not None and place != function.__module__:
        put_origin(enc, place)
        enc.parts.append(code_digest(function.__code__))
    if origin(function.__module__) == "own":
        _put_own_state(enc, function)
        return
    given = (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())
    enc.put(tuple(value if type(value) in SCALARS else None for value in given))


def _put_own_function(enc: Encoder, function: FunctionType) -> None:
    """Write a function of a module of the user's: what runs, which may not be its file's any more."""
    code = function.__code__
    put_origin(enc, function.__globals__["__name__"])
    if _is_plain(function, code):
        enc.parts += (_PLAIN, wire.text(function.__qualname__), code_digest(code))
        enc.put_at(".__defaults__", function.__defaults__)
        enc.put_at(".__kwdefaults__", function.__kwdefaults__)
    else:
        enc.parts += (_ODD, code_digest(code))
        _put_own_state(enc, function)
    _put_globals(enc, function, reads(code))


def _is_plain(function: FunctionType, code: types.CodeType) -> bool:
    """Return whether a function holds, beside defaults, nothing that its code does not say."""
    return (
        function.__closure__ is None
        and not function.__dict__
        and function.__name__ == code.co_name
        and function.__doc__ is _docstring(code)
        and not function.__annotations__
        and not getattr(function, "__type_params__", ())
    )


def _docstring(code: types.CodeType) -> object:
    """Return what a function's `__doc__` is unless somebody set it."""
    first = code.co_consts[0] if code.co_consts else None
    has = code.co_flags & _HAS_DOCSTRING if sys.version_info >= (3, 14) else True
    return first if has and isinstance(first, str) else None


def _put_text(enc: Encoder, function: FunctionType) -> None:
    enc.tag("function")
    form, text = function_text(function.__code__, enc.sources.source_of(function))
    enc.text(form)
    enc.parts.append(text)


def _put_own_state(enc: Encoder, function: FunctionType) -> None:
    """Write what a function holds itself: names, defaults, closure, annotations, attributes."""
    for name in (function.__name__, function.__qualname__):
        enc.text(name)
    cells = function.__closure__ or ()
    enc.size(len(cells))
    for name, cell in zip(function.__code__.co_freevars, cells, strict=True):
        enc.put_at(f".__closure__[{name!r}]", cell)
    enc.put_at(".__doc__", function.__doc__)
    enc.put_at(".__defaults__", function.__defaults__)
    enc.put_at(".__kwdefaults__", function.__kwdefaults__)
    enc.put_at(".__annotations__", function.__annotations__)
    enc.put_at(".__type_params__", getattr(function, "__type_params__", ()))
    enc.state(function.__dict__)


def _put_globals(enc: Encoder, function: FunctionType, taken: Reads) -> None:
    """Write the value of every global and import that the code names."""
    if enc.note is not None:
        for text in filter(may_be_path, taken.texts):
            enc.note(text)
    put_late_names(enc, function.__annotations__, function.__globals__)
    namespace = function.__globals__
    for head, *attributes in taken.chains:  # what the code says is written: which names these are
        value = namespace.get(head, MISSING)
        if value is MISSING:
            value = vars(builtins).get(head, MISSING)
            if value is _BUILTINS.get(head, MISSING):
                enc.parts.append(_UNBOUND if value is MISSING else _BUILTIN)
                continue
        reading(enc, head, value)
        try:
            if type(value) is ModuleType:
                put_source(enc, value)
                put_attributes(enc, value, attributes)
            else:
                enc.put(value)
        except Opaque as opaque:
            raise opaque.under(f".__globals__[{head!r}]")  # noqa: B904
    for name, level, names in taken.imports:
        _put_import(enc, absolute(name, level, function), names, taken)


def lookup_global(function: FunctionType, name: str, default: object = MISSING) -> Any:
    """Return what a global name means to a function now, `default` if nothing."""
    found = function.__globals__.get(name, MISSING)
    if found is MISSING:
        found = vars(builtins).get(name, MISSING)
    return default if found is MISSING else found


def absolute(name: str, level: int, function: FunctionType) -> str:
    """Return the full name of an imported module, resolving leading dots."""
    if level == 0:
        return name
    package = str(function.__globals__.get("__package__") or "").split(".")
    return ".".join(filter(None, [*package[: len(package) - level + 1], name]))


def _put_import(enc: Encoder, module: str, attributes: tuple[str, ...], mentioned: Reads) -> None:
    """Write a module that the code imports, and what it may take from it.

    Which of the attributes that the code mentions are read from this module is not known: all.
    """
    enc.tag("import")
    parents = module.split(".")
    for depth in range(1, len(parents) + 1):
        put_origin(enc, ".".join(parents[:depth]))
    for name in attributes:
        below = f"{module}.{name}"
        if below in sys.modules or enc.sources.module_digest(below) is not None:
            put_origin(enc, below)
    for depth in range(1, len(parents) + 1):
        found = sys.modules.get(".".join(parents[:depth]))
        if not isinstance(found, ModuleType):
            continue
        if mentioned.passes:
            put_module(enc, found)
        taken = attributes if depth == len(parents) else ()
        for name in sorted({*taken, *(mentioned.names & vars(found).keys())}):
            inside = vars(found).get(name)
            if not isinstance(inside, ModuleType) or mentioned.passes:
                put_attributes(enc, found, [name])
                continue
            put_source(enc, inside)
            for inner in sorted(mentioned.names & vars(inside).keys()):
                put_attributes(enc, inside, [inner])


def put_builtin(enc: Encoder, function: Any) -> None:
    """Write a function of a compiled module, or a method of a compiled type with its object."""
    module, qualname = getattr(function, "__module__", None), function.__qualname__
    if isinstance(module, str) and resolves(function, module, qualname):
        put_named(enc, module, qualname)
        return
    owner = getattr(function, "__self__", None)
    if owner is None or isinstance(owner, ModuleType):
        raise Opaque("it cannot be found by its name", type(function).__name__)
    enc.tag("bound builtin")
    enc.text(function.__name__)
    enc.put_at(".__self__", owner)


def put_descriptor(enc: Encoder, descriptor: Any) -> None:
    """Write a method or member of a compiled type, by its type and name."""
    enc.tag("descriptor")
    enc.text(type(descriptor).__name__)
    enc.text(descriptor.__name__)
    enc.put_at(".__objclass__", descriptor.__objclass__)


def put_method(enc: Encoder, method: types.MethodType) -> None:
    """Write a bound method: its function and its object."""
    enc.tag("method")
    enc.put(method.__func__)
    enc.put_at(".__self__", method.__self__)


def put_partial(enc: Encoder, value: functools.partial[Any]) -> None:
    """Write a partial with its function and arguments."""
    if enc.seen(value):
        return
    enc.tag("partial")
    enc.put_at(".func", value.func)
    enc.put_at(".args", value.args)
    enc.put_at(".keywords", value.keywords)
    enc.state(value.__dict__)


def put_step(enc: Encoder, value: Any) -> None:
    """Write a step function: the function in it; how it is looked up changes no outcome."""
    enc.tag("step")
    enc.put(unwrapped(value))


def put_cell(enc: Encoder, cell: types.CellType) -> None:
    """Write a closure's cell; two functions may share one."""
    if enc.seen(cell):
        return
    try:
        content = cell.cell_contents
    except ValueError:
        enc.tag("empty cell")
        return
    enc.tag("cell")
    enc.put(content)


def put_wrapped(enc: Encoder, value: Any) -> None:
    """Write a staticmethod or classmethod: the function in it."""
    enc.tag(type(value).__name__)
    enc.put(value.__func__)


def put_property(enc: Encoder, value: property) -> None:
    """Write a property by its three functions and docstring."""
    enc.tag("property")
    enc.sequence((value.fget, value.fset, value.fdel, value.__doc__))


def put_record(*names: str) -> Handler:
    """Return a handler for objects that are these attributes and nothing else."""

    def handler(enc: Encoder, value: Any) -> None:
        if enc.seen(value):
            return
        enc.tag(f"{type(value).__module__}.{type(value).__qualname__}")
        for name in names:
            enc.put_at(f".{name}", getattr(value, name))

    return handler


def put_cached(enc: Encoder, value: Any) -> None:
    """Write a function under lru_cache: by name in a module, else while its cache is empty.

    What a filled cache answers was computed earlier, perhaps from globals that changed since.
    """
    if enc.seen(value):
        return
    if origin(value.__module__) != "main" and resolves(value, value.__module__, value.__qualname__):
        put_named(enc, value.__module__, value.__qualname__)
        if origin(value.__module__) == "own":
            enc.state({k: v for k, v in value.__dict__.items() if k != "__wrapped__"})
            enc.put_at(".__wrapped__", value.__wrapped__)
        return
    if value.cache_info().currsize:
        raise Opaque("a cache that holds earlier answers", "lru_cache")
    enc.tag("lru_cache")
    enc.put(tuple(value.cache_parameters().items()))
    enc.state(value.__dict__)
    enc.put_at(".__wrapped__", value.__wrapped__)


def put_compiled(enc: Encoder, function: Any) -> None:
    """Write a function of a compiled package (Cython, numpy) that is found by its name."""
    module, qualname = function.__module__, getattr(function, "__qualname__", function.__name__)
    if not resolves(function, module, qualname):
        raise Opaque("it cannot be found by its name", type(function).__name__)
    put_named(enc, module, qualname)


def compiled_handler(kind: type) -> Handler | None:
    """Return the handler for functions that Cython compiled, None for other types."""
    return put_compiled if kind.__name__ in _CYTHON else None


def put_code(enc: Encoder, code: types.CodeType) -> None:
    """Write compiled code."""
    enc.tag("code")
    enc.parts.append(code_digest(code))


HANDLERS: dict[type, Handler] = {
    **MODULES,
    FunctionType: put_function,
    types.BuiltinFunctionType: put_builtin,
    types.MethodWrapperType: put_builtin,
    types.MethodType: put_method,
    types.MethodDescriptorType: put_descriptor,
    types.WrapperDescriptorType: put_descriptor,
    types.ClassMethodDescriptorType: put_descriptor,
    types.GetSetDescriptorType: put_descriptor,
    types.MemberDescriptorType: put_descriptor,
    types.CodeType: put_code,
    types.CellType: put_cell,
    staticmethod: put_wrapped,
    classmethod: put_wrapped,
    property: put_property,
    functools.partial: put_partial,
    functools.partialmethod: put_record("func", "args", "keywords"),
    functools.cached_property: put_record("func", "attrname", "__doc__"),
    type(functools.lru_cache(lambda: None)): put_cached,
}

BY_NAME: dict[str, Handler] = {"workbench.cells.function.StepFunction": put_step}
