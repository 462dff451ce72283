"""Values that nobody can encode: they must not drop out of the key silently.

An argument that could not be pickled took all after it out of the key:
https://github.com/joblib/joblib/issues/274; a policy that failed left the key to the others:
https://github.com/PrefectHQ/prefect/issues/15861; an address stood for an object:
https://github.com/aio-libs/aiocache/issues/641.
"""

from traps.case import Case


def _edit(name, setup, body, then, **more):
    return Case(name, "miss", setup=setup, body=body, then=then, outputs=("y",), **more)


CASES = [
    _edit("an opaque value stands before one that changes", "import threading\na = threading.Lock()\nb = 'first'", "y = (a.locked(), b)", "b = 'second'"),
    _edit("a generator is another one", "g = (n for n in [1, 2])", "y = list(g)", "g = (n for n in [3])"),
    _edit("an iterator over a list has moved on", "items = [1, 2, 3]\nit = iter(items)", "y = next(it)", "it = iter([9])"),
    _edit("a lock is taken", "import threading\nlock = threading.Lock()", "y = lock.locked()", "lock.acquire()\nNone"),
    _edit("an open file has moved on", "f = open('doc.txt')", "y = f.read()", "f = open('doc.txt')\nf.read(1)\nNone", files={"doc.txt": "abc"}, side=True),
    _edit("a text buffer has moved on", "import io\nf = io.StringIO('abc')", "y = f.read()", "f = io.StringIO('xyz')"),
    _edit("a socket pair has a message", "import socket\na, b = socket.socketpair()\na.send(b'1')\nNone", "y = b.recv(1)", "a.send(b'2')\nNone"),
    _edit("a queue holds another item", "import queue\nq = queue.Queue()\nq.put(1)", "y = q.get()", "q.put(2)"),
    _edit("an object of a class of the notebook holds a lock and a number", "import threading\nclass Box:\n    def __init__(self, n):\n        self.lock, self.n = threading.Lock(), n\nbox = Box(1)", "y = box.n", "box = Box(2)"),
    _edit("a weak reference is dead", "import weakref\nclass A:\n    pass\na = A()\nr = weakref.ref(a)", "y = r() is None", "del a"),
    _edit("a context variable is set", "import contextvars\nv = contextvars.ContextVar('v', default=1)", "y = v.get()", "v.set(2)\nNone"),
    _edit("a thread's own value", "import threading\nt = threading.local()\nt.n = 1", "y = t.n", "t.n = 2"),
    _edit("an object whose repr is the same", "class A:\n    def __repr__(self):\n        return 'A'\na = A()\na.n = 1", "y = a.n", "a.n = 2"),
    _edit("an object that calls everything equal", "class A:\n    def __eq__(self, other):\n        return True\n    def __hash__(self):\n        return 1\na = A()\na.n = 1", "y = a.n", "a = A()\na.n = 2"),
    _edit("an object that pickles as nothing", "class A:\n    def __reduce__(self):\n        return (A, ())\na = A()\na.n = 1", "y = a.n", "a.n = 2"),
    _edit("a memoryview of other bytes", "m = memoryview(bytearray(b'a'))", "y = bytes(m)", "m = memoryview(bytearray(b'b'))"),
    _edit("a compiled pattern", "import re\np = re.compile('a')", "y = bool(p.match('A'))", "p = re.compile('a', re.I)"),
    _edit("a module made at run time", "import types\nm = types.ModuleType('m')\nm.n = 1", "y = m.n", "m.n = 2"),
    _edit("a mapping proxy shows another dict", "import types\nd = {'a': 1}\nm = types.MappingProxyType(d)", "y = dict(m)", "d['a'] = 2"),
    _edit("a mock answers otherwise", "from unittest.mock import Mock\nm = Mock(return_value=1)", "y = m()", "m.return_value = 2"),
    Case(
        "a client of a known kind is no hindrance",
        "hit",
        setup="from openai import OpenAI\nclient = OpenAI(api_key='k', base_url='http://127.0.0.1:9/v1')",
        body="y = str(client.base_url)",
        restart=True,
        outputs=("y",),
        needs=("openai",),
    ),
    Case(
        "a client asks another host",
        "miss",
        setup="from openai import OpenAI\nclient = OpenAI(api_key='k', base_url='http://one.test/v1')",
        body="y = str(client.base_url)",
        then="client = OpenAI(api_key='k', base_url='http://two.test/v1')",
        outputs=("y",),
        needs=("openai",),
    ),
    Case(
        "a logger is no hindrance",
        "hit",
        setup="import logging\nlog = logging.getLogger('trap')",
        body="log.debug('x')\ny = 1",
        restart=True,
        outputs=("y",),
    ),
    Case(
        "an opaque value that the cell does not read is no hindrance",
        "hit",
        setup="import threading\nlock = threading.Lock()\nx = 1",
        body="y = x + 1",
        outputs=("y",),
    ),
]  # fmt: skip
