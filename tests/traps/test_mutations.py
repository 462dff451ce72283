"""Each component of the key, switched off: a case that it guards goes wrong. None is there for nothing."""

from __future__ import annotations

import importlib
from dataclasses import dataclass

import pytest

from traps import runner, verdict
from traps.case import Case, every_case

pytestmark = pytest.mark.faults

BEGIN = """
import sys as _sys, types as _types
from workbench.keys import canonical as _canonical, manifest as _manifest
_state = _sys.modules["_trap_state"]

def _drop(*starts):
    whole = _manifest.key
    def key(given):
        kept = [each for each in given.components if not each[0].startswith(starts)]
        return whole(_manifest.Manifest(tuple(kept)))
    _state.patch("workbench.keys.manifest.key", key)

def _blind(*kinds):
    known = dict(_canonical._HANDLERS)
    _state.patched.append((_canonical, "_HANDLERS", _canonical._HANDLERS))
    nothing = lambda enc, value: enc.tag("nothing")
    _canonical._HANDLERS = {**known, **dict.fromkeys(kinds, nothing)}

def _blind_family(name):
    nothing = lambda enc, value: enc.tag("nothing")
    families = {**_canonical._FAMILIES, name: lambda kind: nothing}
    _state.patch("workbench.keys.canonical._FAMILIES", families)

def _classes(*paths):
    for path in paths:
        try:
            owner, name = _state.find(path)
        except KeyError:
            continue
        yield getattr(owner, name)

for _memory in ("_reasons", "_learnt"):  # what it found out before about equal components
    try:
        _state.patch("workbench.cells.inputs." + _memory, {})
    except KeyError:
        pass

def _off(*paths, result=None):
    for path in paths:
        try:
            _state.patch(path, lambda *args, **more: result)
        except KeyError:
            continue
"""
NAIVE = """
import ast
def _naive(tree):
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    bound = {node.id for node in names if not isinstance(node.ctx, ast.Load)}
    return frozenset(node.id for node in names) - bound
_state.patch("workbench.keys.flow.needed", _naive)
"""


@dataclass(frozen=True)
class Mutation:
    """A component, the code that switches it off, and cases of which one must go wrong then.

    `paths` names what a version must have for the component to be there: any of them will do.
    """

    component: str
    code: str
    guards: tuple[str, ...]
    paths: tuple[str, ...] = ()


MUTATIONS = [
    Mutation("the cell's code", "_drop('code')", ("the cell's own text changes in a literal",)),
    Mutation("the values it reads", "_drop('input ')", ("a name bound in one branch only is read from before in the other",)),
    Mutation("names read on some path only", NAIVE, ("a name bound in one branch only is read from before in the other", "an augmented assignment reads before it binds")),
    Mutation("the working directory", "_drop('working directory')", ("a file whose name the cell makes up is another one in another working directory",)),
    Mutation("the run of a volatile cell", "_drop('the run')", ("the clock is read",)),
    Mutation("files that it opened", "_drop('read ', 'file ')", ("a file that was opened changes",)),
    Mutation("files that its values name", "_drop('file ')", ("pyarrow reads a CSV file by itself",)),
    Mutation("folders that it listed", "_drop('read ', 'listing of ', 'file ')", ("a folder whose name the cell makes up gains a file",)),
    Mutation("questions about files", "_drop('answer: ')\n_off('workbench.cells.inputs.untracked', result='')", ("it is asked whether a file exists whose name the cell makes up",)),
    Mutation("files that it wrote", "_drop('output ')\n_off('workbench.cells.watch._changes')\n_state.patch('workbench.cells.outcome._allowed', lambda execution, inputs, shown: inputs.manifest) if hasattr(__import__('workbench.cells.outcome', fromlist=['x']), '_allowed') else None", ("a written file is missing afterwards",)),
    Mutation("functions", "_blind(_types.FunctionType)", ("a function is edited",)),
    Mutation("globals of functions", "_off('workbench.keys.functions._put_globals')", ("a function reads a global",)),
    Mutation("closures", "_blind(_types.CellType)\n_off('workbench.keys.functions.put_cell')", ("a closure holds another value",)),
    Mutation("defaults and attributes of functions", "_off('workbench.keys.functions._put_own_state')", ("a default is a list that changed", "a function's own attribute is read by it")),
    Mutation("classes", "_blind(type)", ("a method is edited",)),
    Mutation("what was set on a class", "_off('workbench.keys.classes._put_by_value', 'workbench.keys.classes._put_set_since')", ("a class attribute is set later",)),
    Mutation("modules", "_off('workbench.cells.modules.sources.FileSources.module_digest', result='same')\n_drop('module ', 'import ', 'state of ')", ("a module's own import is edited before a restart", "a step imports again a module that is loaded, and was edited")),
    Mutation("what was set on a module", "_off('workbench.cells.inputs._attributes', result={})\n_off('workbench.cells.inputs._Step.attributes', result=[])\n_blind(_types.ModuleType, *_classes('workbench.keys.modules.Used'))", ("a module's attribute is set from the notebook",)),
    Mutation("modules that it imports itself", "_off('workbench.cells.inputs._own_imports', result='')\n_drop('import ', 'module ', 'state of ')", ("a step imports again a module that is loaded, and was edited",)),
    Mutation("texts", "_blind(str)", ("two texts share their letters differently",)),
    Mutation("numbers", "_blind(float)", ("zero becomes minus zero",)),
    Mutation("dicts", "_blind(dict)", ("a dict's order changes",)),
    Mutation("lists", "_blind(list)", ("nesting differs",)),
    Mutation("arrays", "_blind_family('numpy')", ("an array's shape",)),
    Mutation("dtypes", "_off('workbench.keys.arrays.put_type')", ("an array's dtype over the same bytes",)),
    Mutation("frames", "_blind_family('pandas')", ("one cell changes",)),
    Mutation("names of columns and rows", "_off('workbench.keys.frames.put_index')", ("a column is renamed",)),
    Mutation("attributes of frames", "_off('workbench.keys.frames._put_common')", ("the attrs change",)),
    Mutation("tables of Arrow", "_blind_family('pyarrow')", ("an Arrow table's column name",)),
    Mutation("one object in two places", "_off('workbench.keys.encoder.Encoder.seen', result=False)", ("one list holds one part twice, then two equal ones",)),
    Mutation("one object under two names", "_drop('sharing')", ("two inputs are equal copies, then one object",), ("workbench.keys.sharing.digest",)),
    Mutation("what has no digest", "_off('workbench.keys.reasons.special', 'workbench.keys.objects.refusal', result='')\n_state.patch('workbench.keys.canonical._learn', lambda enc, kind: lambda enc, value: enc.tag('nothing'))", ("a lock is taken", "a queue holds another item")),
    Mutation("what it does unseen", "_state.patch('workbench.cells.modules.learnt._learnt', {})\n_off('workbench.cells.inputs.untracked', result='')", ("a step registers something to be done at the end", "a step replaces a function of a library")),
    Mutation("the shell's history", "import re\n_state.patch('workbench.cells.inputs._SHELL', re.compile('(?!)'))", ("the shell's history is read",)),
    Mutation("inputs changed in place", "_off('workbench.cells.outcome._unchanged')\n_off('workbench.cells.mutation.changed', result=())", ("a changed list is also reachable from a name that the cell does not read",)),
    Mutation("outputs that share with inputs", "_state.patch('workbench.cells.aliases.detach', lambda outputs, *args: dict(outputs))", ("an output is an input under another name",)),
    Mutation("processes, sockets and databases", "_off('workbench.calls.context.Execution.volatile')\nfrom workbench.cells import watch as _watch\n_state.patch('workbench.cells.watch._OUTSIDE', {}) if hasattr(_watch, '_OUTSIDE') else None\n_state.patch('workbench.cells.watch._KNOWN', frozenset({'open'})) if hasattr(_watch, '_KNOWN') else None", ("a process is started",)),
    Mutation("the environment", "_drop('environment')", ("a variable of the environment changes in one kernel",), ("workbench.cells.ambient.environment",)),
    Mutation("settings of libraries", "_drop('setting of ')", ("an option of pandas is read by its name", "the precision of decimals is read by dividing")),
    Mutation("names in texts", "_off('workbench.cells.inputs.named_in_strings', result=set())", ("a frame's query names a variable", "SQL names a frame"), ("workbench.cells.inputs.named_in_strings",)),
]  # fmt: skip


_OTHER = """
from workbench.cells import inputs as _inputs
_state.patch("workbench.cells.inputs._FIRST", tuple(
    (name, "another" if name == {component!r} else value) for name, value in _inputs._FIRST
))
"""
ELSEWHERE = {name: _OTHER.format(component=name) for name in ("python", "schema")}


@pytest.mark.parametrize("component", ELSEWHERE)
def test_another_python_or_schema_is_another_key(component, trap_kernels, tmp_path):
    case = Case("nothing changes", "hit", body="y = [1]", outputs=("y",), restart=True)

    def status(first, second):
        patches = tuple(f"exec({BEGIN + code!r}, {{}})" for code in (first, second))
        return runner.with_workbench(case, trap_kernels, tmp_path / "project", *patches).status

    without, other = f"_drop({component!r})\n", ELSEWHERE[component]
    assert status("", "") == "hit"
    assert status("", other) == "completed"
    assert status(without, without + other) == "hit"


def _cases(mutation: Mutation) -> list[Case]:
    known = {case.name: case for case in every_case()}
    return [known[name] for name in mutation.guards]


def _is_there(path: str) -> bool:
    module, _, name = path.rpartition(".")
    try:
        return hasattr(importlib.import_module(module), name)
    except ImportError:
        return False


def _verdict(case, kernels, folder, patch=""):
    plain = runner.plainly(case, kernels, folder)
    seen = runner.with_workbench(case, kernels, folder, patch, patch)
    return verdict.judge(case, seen, plain, served=seen.status == "hit")[0]


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda each: each.component)
def test_without_a_component_of_the_key_a_case_goes_wrong(mutation, trap_kernels, tmp_path):
    if mutation.paths and not any(map(_is_there, mutation.paths)):
        pytest.skip("this version has no such component")
    patch = f"exec({BEGIN + mutation.code!r}, {{}})"
    told = []
    for case in _cases(mutation):
        assert _verdict(case, trap_kernels, tmp_path / "project") == "right", case.name
        found = _verdict(case, trap_kernels, tmp_path / "project", patch)
        told.append(f"{case.name}: {found}")
        if found in {"false hit", "wrong"}:
            return
    pytest.fail(f"nothing noticed: {told}")
