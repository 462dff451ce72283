"""Options by which a user widens or narrows what a cell depends on.

A field that is left out of a key by mistake serves another request's answer:
https://github.com/567-labs/instructor/issues/2585; one too many never hits:
https://github.com/UKGovernmentBEIS/inspect_ai/issues/1478.
"""

from traps.case import Case

CASES = [
    Case("an ignored name may change", "hit", line="--ignore debug", setup="debug = 1\nx = 1", body="y = x if debug else x", then="debug = 2", outputs=("y",)),
    Case("an ignored name does not shield the others", "miss", line="--ignore debug", setup="debug = 1\nx = 1", body="y = (x, bool(debug))", then="debug = 2\nx = 2", outputs=("y",)),
    Case("a name given with --in counts", "miss", line="--in x", setup="x = 1\nz = 1", body="y = eval('x')", then="x = 2", outputs=("y",)),
    Case("a file given with --file counts", "miss", line="--file doc.txt", files={"doc.txt": "one"}, setup="parts = ['doc', 'txt']", body="import pathlib\ny = pathlib.Path('.'.join(parts)).read_text()", edits={"doc.txt": "two"}, outputs=("y",)),
    Case("a folder given with --file counts by its files", "miss", line="--file data", files={"data/a.txt": "one"}, setup="x = 1", body="y = open('data/' + 'a.txt').read()", edits={"data/a.txt": "two"}, outputs=("y",)),
    Case("a file given with --file that did not change", "hit", line="--file doc.txt", files={"doc.txt": "one"}, body="y = 1", outputs=("y",)),
    Case("an outcome older than --ttl is not served", "miss", line="--ttl 0.001", setup="n = [0]", body="y = 1", side=True),
    Case("an outcome within --ttl is served in another kernel though it reads the clock", "hit", line="--ttl 1h", setup="import time", body="y = time.time() > 0", restart=True, outputs=("y",)),
    Case("--refresh executes again", "miss", line="--refresh", setup="n = 0", body="y = 1", side=True),
    Case("--refresh=calls executes again", "miss", line="--refresh=calls", setup="n = 0", body="y = 1", side=True),
    Case("--strict changes no outcome", "hit", line="--strict", setup="x = 1", body="y = x + 1", outputs=("y",)),
    Case("--out names what is kept", "hit", line="--out y", setup="x = 1", body="tmp = (n for n in [1])\ny = x + 1", outputs=("y",)),
    Case("--out leaves out a name that is then not bound by a hit", "hit", line="--out y", setup="x = 1", body="y = x + 1\nz = y + 1", then="del y, z", outputs=("y", "'z' in globals() or True")),
]  # fmt: skip
