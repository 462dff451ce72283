"""What a description says of code: functions and what they read, classes, modules, objects."""

from __future__ import annotations

import ast
import builtins
import enum
import functools
import sys
import textwrap
from pathlib import PurePath
from types import FunctionType, GetSetDescriptorType, MemberDescriptorType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

from workbench.keys import reasons
from workbench.keys.call import endpoint
from workbench.keys.changes.portrait import Portrait, class_name, safe
from workbench.keys.changes.secrecy import scrubbed
from workbench.keys.code import function_text, reads
from workbench.keys.encoder import Opaque
from workbench.keys.functions import lookup_global
from workbench.keys.objects import is_client
from workbench.keys.origin import home, origin, resolves

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from workbench.keys.changes.portrait import Walk

    Parts = Iterator[tuple[str, Any]]

_FORM_DIGITS = 16
_PATH_CHARACTERS = 160
_HEAP = 1 << 9
_MISSING = object()
_UNSAID = frozenset({
    "__annotate__", "__annotate_func__", "__annotations__", "__annotations_cache__",
    "__class_vars__", "__dataclass_fields__", "__dataclass_params__", "__dict__",
    "__firstlineno__", "__match_args__", "__module__", "__private_attributes__", "__signature__",
    "__static_attributes__", "__weakref__", "_abc_impl",
})  # fmt: skip
_NO_OBJECTS = (
    type, dict, list, tuple, set, frozenset, str, bytes, int, float, complex, bytearray, enum.Enum,
)  # fmt: skip
_STEP = "workbench.cells.function.StepFunction"
_CACHE = type(functools.lru_cache(lambda: None))


def portrait(value: Any, walk: Walk) -> Portrait | None:
    """Return what is said of code or of an object; None where its digest says all."""
    kind = type(value)
    painter = _PAINTERS.get(kind)
    if painter is None and class_name(kind) == _STEP:
        painter = _cached
    if painter is not None:
        return painter(value, walk)
    if issubclass(kind, type):
        return _class(value, walk)
    if is_client(kind):
        return _client(value)
    held = fields(value)
    return None if held is None else _instance(value, held)


def fields(value: Any) -> list[tuple[str, Any]] | None:
    """Return the attributes of an object that is these and its class, None for other values."""
    kind = type(value)
    if kind in _PAINTERS or not kind.__flags__ & _HEAP or issubclass(kind, _NO_OBJECTS):
        return None
    return None if is_client(kind) or reasons.special(kind) else list(_fields(value))


def _function(function: FunctionType, walk: Walk) -> Portrait:
    place = home(function)
    whence = origin(place)
    if whence in {"installed", "standard"}:
        return _packaged(place or "", function.__qualname__, walk)
    form, said = function_text(function.__code__, walk.sources.source_of(function))
    facts: dict[str, Any] = {"kind": "function", "form": said.hex()[:_FORM_DIGITS]}
    if form == "source":
        text = textwrap.dedent(walk.sources.source_of(function) or "")
        facts["text"] = scrubbed(safe(text))
    if whence == "own":
        facts["module"] = _module_facts(str(place), walk)
    return Portrait(facts, _function_parts(function), code=True)


def _function_parts(function: FunctionType) -> Parts:
    yield from _globals(function)
    yield from _held(function)


def _held(function: FunctionType) -> Parts:
    """Yield what a function holds itself: closure, defaults, attributes."""
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    defaults = function.__defaults__ or ()
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=False)
    for name, cell in cells:
        try:
            yield f"→ {name}", cell.cell_contents
        except ValueError:
            continue
    for name, value in zip(names[len(names) - len(defaults) :], defaults, strict=False):
        yield f"→ default of {name}", value
    for name, value in (function.__kwdefaults__ or {}).items():
        yield f"→ default of {name}", value
    yield from _annotated(function.__annotations__, function.__globals__)
    for name, value in function.__dict__.items():
        yield f".{name}", value


def _globals(function: FunctionType) -> Parts:
    """Yield every global that the code names, and what it reads off the user's modules."""
    for head, *attributes in reads(function.__code__).chains:
        value = lookup_global(function, head, _MISSING)
        if value is _MISSING or vars(builtins).get(head) is value:
            continue
        yield f"→ {head}", value
        if isinstance(value, ModuleType) and attributes and origin(value.__name__) == "own":
            found = vars(value).get(attributes[0], _MISSING)
            if found is not _MISSING:
                yield f"→ {head}.{attributes[0]}", found


def _annotated(annotations: Mapping[str, Any], namespace: Mapping[str, Any]) -> Parts:
    """Yield annotations, and what the names in those that are still texts mean."""
    for name, annotation in annotations.items():
        yield f"→ type of {name}", annotation
        for text in _names(annotation) if type(annotation) is str else ():
            if text in namespace:
                yield f"→ {text}", namespace[text]


def _names(annotation: str) -> list[str]:
    try:
        tree = ast.parse(annotation, mode="eval")
    except (SyntaxError, ValueError):
        return []
    return [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]


def _class(cls: type, walk: Walk) -> Portrait:
    if not cls.__flags__ & _HEAP:
        return Portrait({"kind": "shown", "show": class_name(cls)})
    module, qualname = cls.__module__, cls.__qualname__
    whence = origin(module)
    facts: dict[str, Any] = {"kind": "class"}
    if whence != "main" and resolves(cls, module, qualname):
        if whence != "own":
            return _packaged(module, qualname, walk)
        facts["module"] = _module_facts(module, walk)
    return Portrait(facts, _members(cls), code=True)


def _members(cls: type) -> Parts:
    attributes = vars(cls)
    fields = attributes.get("__pydantic_fields__") or attributes.get("__dataclass_fields__") or {}
    for name, value in attributes.items():
        if not (name in _UNSAID or name in fields or _is_derived(cls, name, value)):
            yield f".{name}", _unwrapped(value)
    module = sys.modules.get(cls.__module__)
    yield from _annotated(attributes.get("__annotations__") or {}, vars(module) if module else {})
    for name, field in fields.items():
        yield f"→ default of {name}", getattr(field, "default", None)
        yield f"→ options of {name}", _options(field)
    for base in cls.__bases__:
        if base is not object:
            yield f"→ {base.__name__}", base


def _is_derived(cls: type, name: str, value: Any) -> bool:
    """Return whether Python, `dataclasses` or pydantic made this attribute from the others."""
    if type(value) is MemberDescriptorType or type(value) is GetSetDescriptorType:
        return True
    if name == "__doc__":
        return value is None or (type(value) is str and value.startswith(f"{cls.__name__}("))
    if issubclass(cls, enum.Enum) and name.startswith("_") and not name.startswith("__"):
        return True
    generated = type(value) is FunctionType and value.__code__.co_filename == "<string>"
    return name.startswith("__pydantic_") or generated


def _unwrapped(value: Any) -> Any:
    """Return the function in a staticmethod, a classmethod or a property that only reads."""
    if type(value) is staticmethod or type(value) is classmethod:
        return value.__func__
    if type(value) is property and value.fset is None and value.fdel is None:
        return value.fget
    return value


def _options(field: Any) -> dict[str, Any]:
    """Return what a field of a dataclass or pydantic model says besides type and default."""
    names = ("default_factory", "alias", "description", "metadata", "init", "kw_only")
    return {name: getattr(field, name, None) for name in names}


def _module(module: ModuleType, walk: Walk) -> Portrait:
    name = module.__name__
    if origin(name) == "own":
        return Portrait({"kind": "module", "module": _module_facts(name, walk)})
    return _packaged(name, "", walk)


def _module_facts(name: str, walk: Walk) -> list[str]:
    """Return a module's file, as people read it, and its digest."""
    file = vars(sys.modules[name]).get("__file__") if name in sys.modules else None
    digest = _digest(name, walk)
    return [_path(file) if isinstance(file, str) else name, digest[:_PATH_CHARACTERS]]


def _digest(name: str, walk: Walk) -> str:
    try:
        return walk.sources.module_digest(name) or ""
    except Opaque:
        return ""


def _path(file: str) -> str:
    """Return a module's path below the folder that it is imported from."""
    path = PurePath(file)
    below = [entry for entry in sys.path if entry and path.is_relative_to(entry)]
    shown = path.relative_to(max(below, key=len)) if below else path
    return safe(shown.as_posix())[:_PATH_CHARACTERS]


def _packaged(module: str, qualname: str, walk: Walk) -> Portrait:
    """Return what is said of something in an installed package: whose it is, and its version."""
    top = module.partition(".")[0]
    digest = _digest(module, walk)
    version = digest.removeprefix(f"{module}:").removeprefix(f"{top} ")
    return Portrait({"kind": "package", "package": top, "show": version[:80], "name": qualname})


def _instance(value: Any, held: list[tuple[str, Any]]) -> Portrait:
    kind = type(value)
    ours = origin(kind.__module__) in {"main", "own"}
    return Portrait({"kind": "object"}, [*held, *([(f"→ {kind.__name__}", kind)] if ours else [])])


def _fields(value: Any) -> Parts:
    """Yield the attributes of an object, past any property that hides them."""
    kind = type(value)
    for layer in kind.__mro__:
        descriptor = vars(layer).get("__dict__")
        if type(descriptor) is GetSetDescriptorType:
            held: dict[str, Any] = descriptor.__get__(value)
            yield from ((f".{name}", item) for name, item in list(dict.items(held)))
            break
    for layer in kind.__mro__:
        for name, member in vars(layer).items():
            if type(member) is MemberDescriptorType and not name.startswith("__pydantic_"):
                try:
                    yield f".{name}", member.__get__(value)
                except AttributeError:
                    continue


def _client(client: Any) -> Portrait:
    """Return what is said of an SDK's client: whom it asks, nothing else."""
    host, _ = endpoint(str(client.base_url), {})
    return Portrait({"kind": "client", "show": safe(host)[:_PATH_CHARACTERS]})


def _method(method: MethodType, walk: Walk) -> Portrait:
    del walk
    name = getattr(method.__func__, "__name__", "__func__")
    parts = ((f".{name}", method.__func__), (".__self__", method.__self__))
    return Portrait({"kind": "method"}, parts)


def _partial(value: functools.partial[Any], walk: Walk) -> Portrait:
    del walk
    name = getattr(value.func, "__name__", "func") if type(value.func) is FunctionType else "func"
    arguments = ((f"→ argument {at + 1}", each) for at, each in enumerate(value.args))
    named = ((f"→ argument {key}", each) for key, each in value.keywords.items())
    return Portrait({"kind": "partial"}, [(f"→ {name}", value.func), *arguments, *named], code=True)


def _cached(value: Any, walk: Walk) -> Portrait:
    """Return what is said of the function behind a cache, or behind `@wb.step`."""
    function = vars(value).get("__wrapped__")
    return _function(function, walk) if type(function) is FunctionType else Portrait({})


_PAINTERS: dict[type, Callable[[Any, Walk], Portrait]] = {
    FunctionType: _function,
    MethodType: _method,
    ModuleType: _module,
    functools.partial: _partial,
    _CACHE: _cached,
}
