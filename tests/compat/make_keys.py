"""Write `keys.json` anew: the digests that `test_keys.py` holds every later version to.

    python tests/compat/make_keys.py

Only where a change of keys is meant: every step of every store then misses once, and the version
of the step key (`workbench.cells.inputs.SCHEMA`) goes up with it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

FILE = Path(__file__).with_name("keys.json")
PYTHON = "{}.{}".format(*sys.version_info[:2])


def main():
    import values

    found = values.digests()
    own = {name: found.pop(name) for name in values.OF_THIS_PYTHON}
    held = json.loads(FILE.read_text()) if FILE.exists() else {"python": {}}
    kept = {**held["python"], PYTHON: own} if held.get("every python") == found else {PYTHON: own}
    FILE.write_text(json.dumps({"every python": found, "python": kept}, indent=1) + "\n")


if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parent)]
    main()
