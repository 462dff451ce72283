"""Classes and their objects: methods, state, bases, fields, what is set on them later.

Callables that are no functions shared one name: https://github.com/langchain-ai/langgraph/issues/8753.
Two objects of one class shared one outcome: https://github.com/joblib/joblib/pull/271.
"""

from traps.case import Case


def _edit(name, before, after, body="y = Box().get()", **more):
    return Case(name, "miss", setup=before, body=body, then=after, outputs=("y",), **more)


_BOX = "class Box:\n    n = {n}\n    def get(self):\n        return self.n"

CASES = [
    _edit(
        "a method is edited",
        "class Box:\n    def get(self):\n        return 1",
        "class Box:\n    def get(self):\n        return 2",
        guards="class",
    ),
    _edit("a class attribute is edited", _BOX.format(n=1), _BOX.format(n=2)),
    _edit("a class attribute is set later", _BOX.format(n=1), "Box.n = 2"),
    _edit("a method is set later", _BOX.format(n=1), "Box.get = lambda self: 5"),
    _edit(
        "a base class is edited",
        "class Base:\n    def get(self):\n        return 1\nclass Box(Base):\n    pass",
        "Base.get = lambda self: 2",
    ),
    _edit(
        "the bases are in another order",
        "class A:\n    def get(self):\n        return 'a'\nclass B:\n    def get(self):\n        return 'b'\nclass Box(A, B):\n    pass",
        "class Box(B, A):\n    pass",
    ),
    _edit("an object's state changes", _BOX.format(n=1) + "\nbox = Box()", "box.n = 7", body="y = box.get()"),
    _edit(
        "an object's class is exchanged",
        "class A:\n    def get(self):\n        return 1\nclass B:\n    def get(self):\n        return 2\nbox = A()",
        "box.__class__ = B",
        body="y = box.get()",
    ),
    _edit(
        "an object of the old class meets a new class of the same name",
        "class Box:\n    def get(self):\n        return 1\nbox = Box()",
        "class Box:\n    def get(self):\n        return 2\nbox = Box()",
        body="y = box.get()",
    ),
    _edit(
        "a slot changes",
        "class Box:\n    __slots__ = ('n',)\nbox = Box()\nbox.n = 1",
        "box.n = 2",
        body="y = box.n",
    ),
    _edit(
        "a slot is empty, then holds None",
        "class Box:\n    __slots__ = ('n',)\nbox = Box()",
        "box.n = None",
        body="y = hasattr(box, 'n')",
    ),
    _edit(
        "a dataclass field's default changes",
        "from dataclasses import dataclass\n@dataclass\nclass Box:\n    n: int = 1",
        "@dataclass\nclass Box:\n    n: int = 2",
        body="y = Box().n",
    ),
    _edit(
        "a dataclass gains a field",
        "from dataclasses import dataclass\n@dataclass\nclass Box:\n    n: int = 1",
        "@dataclass\nclass Box:\n    n: int = 1\n    m: int = 2",
        body="y = repr(Box())",
    ),
    _edit(
        "a dataclass compares otherwise",
        "from dataclasses import dataclass\n@dataclass(order=True)\nclass Box:\n    n: int\nitems = [Box(2), Box(1)]",
        "@dataclass\nclass Box:\n    n: int\n    def __lt__(self, other):\n        return self.n > other.n\nitems = [Box(2), Box(1)]",
        body="y = [item.n for item in sorted(items)]",
    ),
    _edit(
        "a pydantic field's constraint changes",
        "from pydantic import BaseModel, Field\nclass Box(BaseModel):\n    n: int = Field(1, description='a')",
        "class Box(BaseModel):\n    n: int = Field(1, description='b')",
        body="y = Box.model_json_schema()['properties']['n']['description']",
        needs=("pydantic",),
    ),
    _edit(
        "a pydantic model's docstring changes",
        "from pydantic import BaseModel\nclass Box(BaseModel):\n    'a box'\n    n: int = 1",
        "class Box(BaseModel):\n    'a crate'\n    n: int = 1",
        body="y = Box.model_json_schema()['description']",
        needs=("pydantic",),
    ),
    _edit(
        "a pydantic object's field changes",
        "from pydantic import BaseModel\nclass Box(BaseModel):\n    n: int = 1\nbox = Box()",
        "box.n = 2",
        body="y = box.n",
        needs=("pydantic",),
    ),
    _edit(
        "a property is edited",
        "class Box:\n    @property\n    def n(self):\n        return 1\nbox = Box()",
        "class Box:\n    @property\n    def n(self):\n        return 2\nbox = Box()",
        body="y = box.n",
    ),
    _edit(
        "a metaclass is edited",
        "class Meta(type):\n    def __call__(cls):\n        return 1\nclass Box(metaclass=Meta):\n    pass",
        "Meta.__call__ = lambda cls: 2",
        body="y = Box()",
    ),
    _edit(
        "a class is made by type() with other members",
        "Box = type('Box', (), {'n': 1})",
        "Box = type('Box', (), {'n': 2})",
        body="y = Box.n",
    ),
    _edit(
        "an object that is called holds other state",
        "class Call:\n    def __init__(self, n):\n        self.n = n\n    def __call__(self):\n        return self.n\nf = Call(1)",
        "f = Call(2)",
        body="y = f()",
    ),
    _edit(
        "a method's helper is edited",
        "def helper():\n    return 1\nclass Box:\n    def get(self):\n        return helper()",
        "def helper():\n    return 2",
    ),
    _edit(
        "an enum's value is edited",
        "import enum\nclass Level(enum.Enum):\n    high = 1",
        "class Level(enum.Enum):\n    high = 2",
        body="y = Level.high.value",
    ),
    _edit(
        "a class inside a container is edited",
        "class Box:\n    n = 1\nkinds = {'box': Box}",
        "kinds['box'].n = 2",
        body="y = kinds['box'].n",
    ),
    Case(
        "an equal class in a moved cell is the same",
        "hit",
        setup=_BOX.format(n=1),
        body="y = Box().get()",
        restart=True,
        setup_again="unrelated = 1\n\n\n" + _BOX.format(n=1),
        outputs=("y",),
    ),
    Case(
        "an equal object is made anew",
        "hit",
        setup="from dataclasses import dataclass\n@dataclass\nclass Box:\n    n: int\nbox = Box(1)",
        body="y = box.n",
        then="box = Box(1)",
        outputs=("y",),
    ),
]  # fmt: skip
