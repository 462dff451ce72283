"""State of Python's library and of files beside their content, which code reads without naming it."""

from traps.case import Case


def _set(name, then, body, setup="", **more):
    return Case(name, "miss", setup=setup, body=body, then=then, outputs=("y",), **more)


def _lost(name, body, output, setup=""):
    return Case(name, "miss", setup=setup, body=body, restart=True, side=True, outputs=(output,))


_LINK = "import os\nfrom pathlib import Path\nfor name in ('one', 'two'):\n    Path(name).write_text('1')\nos.symlink('one', 'link')"
_RELINK = "os.remove('link')\nos.symlink('two', 'link')"
_PARQUET = "import pandas as pd\npd.DataFrame({'a': [1]}).to_parquet('data.parquet')\nstem = 'data'"
_OTHER = "pd.DataFrame({'a': [2]}).to_parquet('data.parquet')"

CASES = [
    _set("a class is registered with a base class of Python's", "Sequence.register(A)", "y = isinstance(a, Sequence)", "from collections.abc import Sequence\nclass A:\n    pass\na = A()"),
    _set("a dialect of csv is registered otherwise", "csv.register_dialect('trap', delimiter=';')", "y = list(csv.reader(['a;b,c'], 'trap'))", "import csv\ncsv.register_dialect('trap', delimiter=',')"),
    _set("an error handler of codecs is registered otherwise", "codecs.register_error('trap', lambda e: ('!', e.end))", "y = '\\u20ac'.encode('ascii', 'trap')", "import codecs\ncodecs.register_error('trap', lambda e: ('?', e.end))"),
    _set("a type of files is registered", "mimetypes.add_type('x/trap', '.trap')", "y = mimetypes.guess_type('a.trap')[0]", "import mimetypes"),
    _set("the folder of temporary files is set", "tempfile.tempdir = '/var/tmp'", "y = tempfile.gettempdir()", "import tempfile\ntempfile.tempdir = '/tmp'"),
    _set("the digits that an integer may be written with are set", "sys.set_int_max_str_digits(700)", "try:\n    y = len(str(10 ** 1000))\nexcept ValueError:\n    y = 0", "import sys\nsys.set_int_max_str_digits(4300)"),
    _set("the network's time limit is set", "socket.setdefaulttimeout(3)", "y = socket.getdefaulttimeout()", "import socket\nsocket.setdefaulttimeout(None)"),
    _set("how objects are copied is set", "copyreg.pickle(A, lambda a: (int, (5,)))", "y = type(copy.copy(a)).__name__", "import copyreg, copy\nclass A:\n    pass\na = A()"),
    _set("a list that a library's module holds changes", "string.trap[0] = 2", "y = string.trap[0]", "import string\nstring.trap = [1]"),
    _set("a method that is set on a library's class is another one", "pd.DataFrame.trap = lambda frame: 2", "y = df.trap()", "import pandas as pd\npd.DataFrame.trap = lambda frame: 1\ndf = pd.DataFrame()", needs=("pandas",)),
    _lost("a step registers a class with a base class of Python's", "Sequence.register(A)", "issubclass(A, Sequence)", "from collections.abc import Sequence\nclass A:\n    pass"),
    _lost("a step sets a library's attribute under another name", "other = string\nother.trap_a = 1\ndel other", "hasattr(string, 'trap_a')", "import string"),
    _lost("a step hands a library's class to a function that sets an attribute", "put(json.JSONDecoder)", "hasattr(json.JSONDecoder, 'trap_b')", "import json\ndef put(owner):\n    owner.trap_b = 1"),
    _lost("a step sets the digits that an integer may be written with", "sys.set_int_max_str_digits(9999)", "sys.get_int_max_str_digits()", "import sys\nsys.set_int_max_str_digits(4300)"),
    _lost("a step starts a thread that goes on after it", "import threading\nbox = []\nopened = threading.Event()\nthread = threading.Timer(0.05, box.append, [1])\nthread.start()\ndel thread, opened", "(__import__('threading').Event().wait(0.3), box)[1]"),
    _set("a link leads to another file of equal content", _RELINK, "y = Path('link').resolve().name", _LINK),
    _set("a link leads to another file of equal content, asked of os.path", _RELINK, "y = os.path.basename(os.path.realpath('link'))", _LINK),
    _set("a parquet file of a composed name changes", _OTHER, "y = pd.read_parquet(stem + '.parquet').a.tolist()", _PARQUET, needs=("pandas", "pyarrow")),
    _set("a parquet file of a composed name changes, read by pyarrow", _OTHER, "y = pq.read_table(f'{stem}.parquet').to_pydict()", _PARQUET + "\nimport pyarrow.parquet as pq", needs=("pandas", "pyarrow")),
    _set("a dataset of a composed name changes", _OTHER, "y = ds.dataset(f'{stem}.parquet').to_table().to_pydict()", _PARQUET + "\nimport pyarrow.dataset as ds", needs=("pandas", "pyarrow")),
    Case("a file's mode changes, and is copied with it", "miss", setup="import os, shutil\nfrom pathlib import Path\nPath('one').write_text('1')", body="shutil.copy('one', 'copied')\ny = 1", then="os.chmod('one', 0o755)", outputs=("oct(os.stat('copied').st_mode)",)),
    _set("a file that is open by its number changes", "Path('one').write_text('2')", "y = os.pread(number, 9, 0)", "import os\nfrom pathlib import Path\nPath('one').write_text('1')\nnumber = os.open('one', os.O_RDONLY)"),
    _set("an array of pyarrow is in other chunks", "v = pa.chunked_array([[1, 2]])", "y = v.num_chunks", "import pyarrow as pa\nv = pa.chunked_array([[1], [2]])", needs=("pyarrow",)),
]  # fmt: skip
