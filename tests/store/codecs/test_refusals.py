import asyncio
import contextvars
import email.message
import functools
import io
import itertools
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import types
import weakref
from collections import ChainMap, Counter, OrderedDict, UserDict, defaultdict

import pytest

from workbench.store.codecs import NoCodec, dump


class Ordinary:
    pass


class Text(str):
    pass


class Numbers(list):
    pass


def generator():
    yield 1


async def coroutine():
    return 1


def counter():
    value = Counter("a")
    value.note = "x"
    return value


def closed(coro):
    coro.close()
    return coro


CASES = [
    (lambda: generator(), "generator", "list(...)"),
    (lambda: (x for x in ()), "generator", "only once"),
    (lambda: closed(coroutine()), "coroutine", "keep its result"),
    (lambda: map(int, []), "map", "only once"),
    (lambda: zip([]), "zip", "only once"),
    (lambda: enumerate([]), "enumerate", "only once"),
    (lambda: iter([]), "list_iterator", "only once"),
    (lambda: itertools.count(), "itertools.count", "only once"),
    (lambda: {}.keys(), "dict_keys", "live view"),
    (lambda: {}.values(), "dict_values", "live view"),
    (lambda: types.MappingProxyType({}), "mappingproxy", "dict(...)"),
    (lambda: memoryview(b"x"), "memoryview", "bytes(...)"),
    (lambda: threading.Lock(), "_thread.lock", "outside the step"),
    (lambda: threading.RLock(), "_thread.RLock", "outside the step"),
    (lambda: threading.Event(), "threading.Event", "outside the step"),
    (lambda: threading.local(), "_thread._local", ""),
    (lambda: asyncio.Lock(), "asyncio.locks.Lock", "outside the step"),
    (lambda: asyncio.Queue(), "asyncio.queues.Queue", "outside the step"),
    (lambda: io.StringIO("x"), "_io.StringIO", "open file"),
    (lambda: io.BytesIO(b"x"), "_io.BytesIO", "open file"),
    (lambda: email.message.EmailMessage(), "email.message.EmailMessage", "as_bytes()"),
    (lambda: email.message_from_string("a: b\n\nc"), "email.message.Message", "as_bytes()"),
    (lambda: functools.partial(int), "functools.partial", "partial function"),
    (lambda: [].append, "builtin_function_or_method", "no name that leads to it"),
    (lambda: Ordinary(), "Ordinary", "register a codec"),
    (lambda: object(), "object", "ordinary object"),
    (lambda: Text("x"), "Text", "subclass of str: keep str(...)"),
    (lambda: Numbers([1]), "Numbers", "subclass of list"),
    (lambda: ValueError("x"), "ValueError", "keep its message"),
    (lambda: ChainMap({}), "ChainMap", "ordinary object"),
    (lambda: UserDict(), "UserDict", "ordinary object"),
    (lambda: defaultdict(lambda: 1), "defaultdict", "keep dict(...)"),
    (lambda: defaultdict(Ordinary), "defaultdict", "factory"),
    (lambda: counter(), "Counter", "attributes of its own"),
    (lambda: weakref.ref(Ordinary), "weakref", "ordinary object"),
    (lambda: contextvars.ContextVar("x"), "ContextVar", "ordinary object"),
    (lambda: time.localtime(), "struct_time", "subclass of tuple"),
    (lambda: sys.version_info, "version_info", "subclass of tuple"),
    (lambda: property(), "property", "ordinary object"),
    (lambda: compile("1", "x", "eval"), "code", "ordinary object"),
    (lambda: sys._getframe(), "frame", "ordinary object"),
]


@pytest.mark.parametrize(("make", "name", "reason"), CASES, ids=[name for _, name, _ in CASES])
def test_a_value_without_a_codec_is_refused_with_its_place_and_a_remedy(
    make, name, reason, refusal
):
    for wrap, path in (
        (lambda x: x, "value"),
        (lambda x: {"rows": [1, {"a b": (x,)}]}, 'value["rows"][1]["a b"][0]'),
        (lambda x: types.SimpleNamespace(client=[x]), "value.client[0]"),
        (lambda x: {1: {None: x}}, "value[1][None]"),
        (lambda x: {(1, 2): x}, "value[<tuple>]"),
        (lambda x: OrderedDict(k=slice(x)), 'value["k"].stop'),
    ):
        error = refusal(wrap(make()))
        assert error.path == path
        assert name in error.type_name
        assert reason in error.reason


def test_open_handles_are_refused(refusal):
    with (
        open(__file__) as file,
        socket.socket() as plug,
        sqlite3.connect(":memory:") as database,
        subprocess.Popen([sys.executable, "-c", ""]) as process,
    ):
        for value in (file, plug, database, process):
            assert refusal([value]).path == "value[0]"
    database.close()


def test_an_element_of_a_set_is_named_as_such(refusal):
    assert refusal({1, Ordinary()}).path == "value[<element>]"
    assert refusal({Ordinary(): 1}).path.startswith("value[<")


def test_long_keys_are_shortened_in_a_path(refusal):
    assert len(refusal({"k" * 1000: object()}).path) < 80


def test_the_message_says_all_and_survives_pickling():
    import pickle

    with pytest.raises(NoCodec) as caught:
        dump({"result": [Ordinary()]}, namespace={})
    error = pickle.loads(pickle.dumps(caught.value))
    assert str(error) == str(caught.value)
    assert str(error).startswith("result[0] is ")
    assert error.path == "result[0]"


def test_the_first_value_that_cannot_be_stored_is_named():
    with pytest.raises(NoCodec) as caught:
        dump({"good": 1, "bad": object(), "worse": object()}, namespace={})
    assert caught.value.path == "bad"
