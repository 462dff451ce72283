"""Whether an answer's text is the JSON that its request asked for.

Source: OpenAI API, "Structured model outputs", and JSON Schema, Draft 2020-12. The check is
bounded, since the text is the model's: nothing is fetched, and what could take long counts as
matching.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from workbench.calls.providers.lenient import compact, mapping, one_line, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from workbench.model import Json

_LONGEST_TEXT = 1_000_000
_REASON_CHARACTERS = 120
_NOT_JSON = object()

# Python's regular expressions have no time limit, and a repeated group can take exponential time.
_UNBOUNDED = re.compile(r'"patternProperties":|\)(?:[*+]|\{\d*,)')
# Keywords whose time grows faster than what they check, and the length up to which they are.
_SUPERLINEAR = {"pattern": 256, "uniqueItems": 1_000}


def mismatch(wanted: Json, text: str) -> str:
    """Why the text is not what the format asks for, in a few words; empty where it is.

    `wanted` is the `response_format` of a chat request or the `text.format` of a responses request.
    Also empty are the reasons for a format that asks for no JSON, a schema that cannot be checked
    here (it refers to another place, or is no schema) and a text over a million characters.
    """
    kind = mapping(wanted).get("type")
    if kind not in ("json_object", "json_schema") or len(text) > _LONGEST_TEXT:
        return ""
    value = parse(text, _NOT_JSON)
    if value is _NOT_JSON:
        return "not JSON"
    if kind == "json_object" and not isinstance(value, dict):
        return "not a JSON object"
    fault = _fault(_schema(mapping(wanted)), value)
    return f"does not match its schema: {one_line(fault, _REASON_CHARACTERS)}" if fault else ""


def _schema(wanted: dict[str, Json]) -> dict[str, Json]:
    """Chat wraps the schema in `json_schema`; responses, and llama.cpp's `json_object`, do not."""
    return mapping(mapping(wanted.get("json_schema")).get("schema") or wanted.get("schema"))


def _fault(schema: dict[str, Json], value: Json) -> str:
    if not schema or _UNBOUNDED.search(compact(schema)):
        return ""
    try:
        error = next(_validator(schema).iter_errors(value), None)
    except Exception:  # noqa: BLE001 - schemas are anybody's, and jsonschema raises what it likes
        return ""
    return f"{error.json_path}: {error.message}" if error else ""


def _validator(schema: dict[str, Json]) -> Any:
    """A validator that fetches nothing: its registry has no way to retrieve."""
    from referencing import Registry

    checker = _checker()
    checker.check_schema(schema)
    return checker(schema, registry=Registry())


@cache
def _checker() -> Any:
    from jsonschema.validators import Draft202012Validator, extend

    checks = Draft202012Validator.VALIDATORS
    bounded = {word: _up_to(size, checks[word]) for word, size in _SUPERLINEAR.items()}
    return extend(Draft202012Validator, bounded)


def _up_to(size: int, check: Callable[..., Any]) -> Callable[..., Iterator[Any]]:
    def bounded(validator: Any, value: Json, instance: Json, schema: Json) -> Iterator[Any]:
        if isinstance(instance, str | list) and len(instance) <= size:
            yield from check(validator, value, instance, schema) or ()

    return bounded
