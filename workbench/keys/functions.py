"""Functions, methods, partials, builtins and modules: what they will do when called."""

from __future__ import annotations

import builtins
import functools
import sys
import types
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from workbench.keys.code import code_digest, function_text, reads
from workbench.keys.encoder import Opaque, may_be_path
from workbench.keys.forms import put_late_names
from workbench.keys.origin import (
    function_origin,
    home,
    origin,
    put_named,
    put_origin,
    resolves,
)

if TYPE_CHECKING:
    from workbench.keys.code import Reads
    from workbench.keys.encoder import Encoder, Handler

SCALARS = frozenset({type(None), bool, int, float, complex, str, bytes})
_OURS = frozenset({"main", "own"})
_CYTHON = frozenset({"cython_function_or_method", "fused_cython_function"})
_MISSING = object()


def put_function(enc: Encoder, function: FunctionType) -> None:
    """Write a function.

    One that its own module still holds under its name is that module's digest and the name. One
    that runs in another module's namespace (a wrapper, a closure) is that digest and its code.
    One of the notebook is its text and every global that the text names, by value.
    """
    if enc.seen(function):
        return
    enc.enter()
    place = home(function)
    if origin(place) == "main":
        _put_text(enc, function)
        _put_own_state(enc, function)
        _put_globals(enc, function, reads(function.__code__))
    elif _is_named(function, place):
        _put_named_function(enc, function, place)
    else:
        enc.tag("function in module")
        put_origin(enc, str(place))
        enc.parts.append(code_digest(function.__code__))
        _put_own_state(enc, function)
    enc.depth -= 1


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
    enc.size(len(taken.chains))
    for head, *attributes in taken.chains:
        enc.text(head)
        value = lookup_global(function, head)
        if value is _MISSING:
            enc.tag("missing")
            continue
        path = f".__globals__[{head!r}]"
        try:
            enc.put(value)
            if isinstance(value, ModuleType):
                put_attributes(enc, value, attributes)
        except Opaque as opaque:
            raise opaque.under(path)  # noqa: B904
    for name, level, names in taken.imports:
        _put_import(enc, absolute(name, level, function), names, taken.names)


def lookup_global(function: FunctionType, name: str, default: object = _MISSING) -> Any:
    """Return what a global name means to a function now, `default` if nothing."""
    found = function.__globals__.get(name, _MISSING)
    if found is _MISSING:
        found = vars(builtins).get(name, _MISSING)
    return default if found is _MISSING else found


def absolute(name: str, level: int, function: FunctionType) -> str:
    """Return the full name of an imported module, resolving leading dots."""
    if level == 0:
        return name
    package = str(function.__globals__.get("__package__") or "").split(".")
    return ".".join(filter(None, [*package[: len(package) - level + 1], name]))


def _put_import(
    enc: Encoder, module: str, attributes: tuple[str, ...], mentioned: frozenset[str]
) -> None:
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
    found = sys.modules.get(module)
    if isinstance(found, ModuleType):
        for name in sorted({*attributes, *(mentioned & vars(found).keys())}):
            put_attributes(enc, found, [name])


def put_attributes(enc: Encoder, module: ModuleType, attributes: list[str]) -> None:
    """Write what is read from a module beyond its digest: what may have been set since.

    All of it for a module of the user's. Of other modules only constants and code that is not
    theirs: the rest is their version's, and reading it could go on without end.
    """
    for name in attributes:
        value = vars(module).get(name, _MISSING)
        enc.text(name)
        if isinstance(value, ModuleType):
            put_module(enc, value)
            module = value
            continue
        if value is not _MISSING and (origin(module.__name__) == "own" or _is_set(value)):
            enc.tag("set")
            enc.put_at(f".{name}", value)
        else:
            enc.tag("missing" if value is _MISSING else "as in its module")
        return


def _is_set(value: object) -> bool:
    """Return whether a value in an installed module is a constant or comes from elsewhere."""
    if isinstance(value, FunctionType):
        return function_origin(value) in _OURS
    if isinstance(value, type):
        return origin(value.__module__) in _OURS
    return type(value) in SCALARS


def put_module(enc: Encoder, module: ModuleType) -> None:
    """Write a module: its digest."""
    name = module.__name__
    if origin(name) == "main":
        raise Opaque("the notebook's own namespace", "module")
    if sys.modules.get(name) is not module:
        raise Opaque("a module that cannot be found by its name", "module")
    enc.tag("module")
    put_origin(enc, name)


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
    FunctionType: put_function,
    types.BuiltinFunctionType: put_builtin,
    types.MethodWrapperType: put_builtin,
    types.MethodType: put_method,
    types.MethodDescriptorType: put_descriptor,
    types.WrapperDescriptorType: put_descriptor,
    types.ClassMethodDescriptorType: put_descriptor,
    types.GetSetDescriptorType: put_descriptor,
    types.MemberDescriptorType: put_descriptor,
    types.ModuleType: put_module,
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
