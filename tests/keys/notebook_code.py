"""Code executed as a notebook executes it, and a `Sources` that reads with inspect."""

from __future__ import annotations

import inspect
import itertools
import linecache
import sys

from blake3 import blake3

_cells = itertools.count(1)


class TestSources:
    """Function sources from inspect, modules by the content of their file."""

    __test__ = False

    def source_of(self, code_owner):
        try:
            return inspect.getsource(code_owner)
        except (OSError, TypeError):
            return None

    def module_digest(self, name):
        module = sys.modules.get(name)
        file = getattr(module, "__file__", None)
        if name == "__main__" or file is None:
            return None
        if "site-packages" in file:
            return f"{name.partition('.')[0]} 1.0"
        with open(file, "rb") as opened:
            return blake3(opened.read()).hexdigest()


def cell(source, namespace=None):
    """Run a cell in a notebook's namespace and return the namespace."""
    namespace = {"__name__": "__main__"} if namespace is None else namespace
    file = f"<cell {next(_cells)}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    exec(compile(source, file, "exec", dont_inherit=True), namespace)
    return namespace


def made(source):
    """Run a cell and return what it calls `v`."""
    return cell(source)["v"]
