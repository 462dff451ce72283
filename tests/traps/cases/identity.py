"""Which object it is: classes and functions made again, objects reached in two ways, what is handed out.

A cell that defines a class is run again, and objects of the old class are no longer of that class.
"""

from traps.case import Case

_STEP = "import os\nimport workbench as wb\n@wb.step\n"


def _again(name, setup, then, body, **more):
    return Case(name, "miss", setup=setup, body=body, then=then, outputs=("y",), **more)


def _call(name, function, body, again, outputs=("y",), then="", expect="miss", **more):
    return Case(
        name, expect, setup=_STEP + function, body=body, again=again, then=then,
        outputs=outputs, plainly=True, **more,
    )  # fmt: skip


_A = "class A:\n    n = 1\n"
_DATA = "from dataclasses import dataclass\n@dataclass\nclass A:\n    n: int\n"
_ENUM = "import enum\nclass Level(enum.Enum):\n    low = 1\n"

CASES = [
    _again("a class is made again, and an old object is not of it", _A + "a = A()", _A, "y = isinstance(a, A)"),
    _again("a dataclass is made again, and an old object equals no new one", _DATA + "a = A(1)", _DATA, "y = a == A(1)"),
    _again("an enum is made again, and an old member is none of it", _ENUM + "m = Level.low", _ENUM, "y = m == Level.low"),
    _again("a class is made again that a table has as its key", _A + "table = {A: 'one'}", _A, "y = table.get(A)"),
    _again("a function is made again that a table has as its key", "def f():\n    return 1\ntable = {f: 'one'}", "def f():\n    return 1", "y = table.get(f)"),
    _again(
        "a class is made again that a dispatched function knows",
        f"{_A}import functools\n@functools.singledispatch\ndef f(x):\n    return 'other'\n@f.register\ndef _(x: A):\n    return 'known'",
        _A,
        "y = f(A())",
    ),
    _again(
        "a class is made again that a model's field asks for",
        f"from pydantic import BaseModel, ConfigDict\n{_A}class Box(BaseModel):\n    model_config = ConfigDict(arbitrary_types_allowed=True)\n    a: A",
        _A,
        "try:\n    y = type(Box(a=A())).__name__\nexcept ValueError:\n    y = 'refused'",
        needs=("pydantic",),
    ),
    Case(
        "a module is loaded again, and an old object is not of its class",
        "miss",
        files={"shop.py": "class A:\n    n = 1\n"},
        setup="import importlib, sys\nsys.path.insert(0, '')\nimport shop\na = shop.A()",
        body="y = isinstance(a, shop.A)",
        then="importlib.reload(shop)",
        outputs=("y",),
    ),
    _again("two names are one class, then two equal ones", _A + "B = A", "B, A_ = A, A\n" + _A, "y = A is B"),
    _again("a frozen object has two names, then two equal objects have them", "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass A:\n    n: int\na = A(1)\nb = a", "b = A(1)", "y = a is b"),
    _again("a class gains a subclass", "class Base:\n    pass\nclass A(Base):\n    pass", "class B(Base):\n    pass", "y = [each.__name__ for each in Base.__subclasses__()]"),
    _again("a class whose subclasses a function asks for gains one", "class Base:\n    pass\nclass A(Base):\n    pass\ndef kinds():\n    return sorted(each.__name__ for each in Base.__subclasses__())", "class B(Base):\n    pass", "y = kinds()"),
    _again("a function's globals are read through it", "k = 1\ndef f():\n    pass", "k = 2", "y = f.__globals__['k']"),
    _call("an argument is what a global of the function is, then an equal copy", "def same(a):\n    os.write(200, b'.')\n    return a is x\nx = [1]", "y = same(x)", "y = same([1])"),
    _call("an argument holds what a global of the function is, then an equal copy", "def same(a):\n    os.write(200, b'.')\n    return a[0] is x\nclass K:\n    pass\nx = K()", "y = same([x])", "y = same([K()])"),
    _call(
        "it hands out a global that is then changed",
        "def get():\n    os.write(200, b'.')\n    return held\nheld = [1]",
        "get().append(2)\ny = list(held)",
        "z = 1\nget().append(3)\ny = list(held)",
        then="held[:] = [1]",
    ),
    _call(
        "it hands out a part of its object that is then changed",
        "def unused():\n    pass\nclass Box:\n    @wb.step\n    def get(self):\n        os.write(200, b'.')\n        return self.items\nbox = Box()\nbox.items = [1]",
        "box.get().append(2)\ny = list(box.items)",
        "box.get().append(3)\ny = list(box.items)",
        then="box.items[:] = [1]",
        expect="hit",
    ),
]  # fmt: skip
