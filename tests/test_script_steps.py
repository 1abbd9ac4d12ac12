"""The equations of small scripts' passes: told as kept in tests/goldens/steps.txt, with Python's values.

`python -m tests.test_script_steps` writes the file again; read the changes before you accept them.
"""

import ast
import builtins
import contextlib
import functools
import io
import sys
import tempfile
import types
from pathlib import Path

import numpy as np
import pytest
from run_by_python import comparable_names

from bpstep.script.equations.equations import CellEdit
from bpstep.script.opening import open_script
from tests.small_scripts import SCRIPTS, text_of

KEPT = Path(__file__).parent / "goldens" / "steps.txt"
PASSES = (0, 1, 3, 10)

pytestmark = pytest.mark.filterwarnings("ignore")


def leaves(value, depth=0):
    """The arrays and numbers within a value."""
    if isinstance(value, np.ndarray | np.generic | float | int):
        yield value
    elif depth < 4:
        if isinstance(value, dict):
            inner = value.values()
        elif isinstance(value, list | tuple):
            inner = value
        else:
            is_other = isinstance(value, types.FunctionType | types.ModuleType)
            inner = () if is_other else list(getattr(value, "__dict__", {}).values())
        for each in inner:
            yield from leaves(each, depth + 1)


def bits(value):
    """The shape of a value and the bits of its numbers."""
    return np.shape(value), np.asarray(value, dtype=np.float64).tobytes()


class PythonRun:
    """A script run by Python: what there is before some passes of its loop, and after each of their lines."""

    def __init__(self, text, loop_line):
        self.before = {}
        self.seen = {index: set() for index in PASSES}
        self.index = -1
        tree = ast.parse(text)
        for node in ast.walk(tree):
            if isinstance(node, ast.For | ast.While) and node.lineno == loop_line:
                node.body.insert(0, ast.parse("__look__()").body[0])
        code = compile(ast.fix_missing_locations(tree), "small.py", "exec")
        builtins.__look__ = self.begin
        before = sys.gettrace()
        sys.settrace(self.trace)
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                exec(code, {"__name__": "__main__"})
        finally:
            sys.settrace(before)
            del builtins.__look__

    def begin(self):
        self.index += 1
        if self.index in self.seen:
            self.before[self.index] = comparable_names(sys._getframe(1).f_locals)

    def trace(self, frame, event, value):
        if frame.f_code.co_filename != "small.py":
            return None
        if self.index in self.seen:
            names = {**frame.f_globals, **frame.f_locals, "returned": value, "__builtins__": None}
            self.seen[self.index].update(map(bits, leaves(names)))
        return self.trace


def opened(name):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "small.py"
        path.write_text(text_of(name))
        return open_script(path)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_pass_is_told_as_it_was_found_right_with_the_values_that_python_computes(name):
    script = opened(name)
    assert list(told(name, script)) == kept()[name]
    by_python = PythonRun(text_of(name), script.loop.line)
    for index in PASSES:
        found = comparable_names(script.variables(index))
        wanted = by_python.before[index]
        assert [key for key, value in wanted.items() if value is not None and found[key] != value] == []
        iteration = script.iteration(index)
        stored = {key: value for key, value in iteration.feeds.items() if iteration.places[key][1][0]}
        given = [*iteration.initial.items(), *stored.items()]
        computed = [(each.name, each.value) for each in iteration.equations if not each.unnamed]
        seen = by_python.seen[index]
        assert [key for key, value in [*given, *computed] if bits(value) not in seen] == []


def told(name, script):
    """The second pass of a script, line by line; of one whose numbers begin as whole ones, the first."""
    iteration = script.iteration(0 if name == "numbers that begin whole" else 1)
    for key, value in iteration.initial.items():
        yield f"{key}: {shape_of(value)}, from {path_of(iteration, key)}"
    for key, value in iteration.feeds.items():
        yield f"{key}: {shape_of(value)}, drawn at {iteration.feed_lines.get(key)}, {path_of(iteration, key)}"
    few = iteration.equations[:40] + iteration.equations[40:][-5:]
    yield f"{len(iteration.equations)} equations"
    for each in few:
        yield f"{each.line}: {each.name} = {each.source}"
        parts = [f"written {each.written}", shape_of(each.value), path_of(iteration, each.name)]
        parts += [f"in {call.name} from {call.line}" for call in each.call]
        parts += [each.opaque] * bool(each.opaque) + ["aside"] * each.aside + ["unnamed"] * each.unnamed
        parts += [f"{call.source} by {call.function} at {call.line}: {call.written}" for call in each.called]
        for other in each.other_names:
            parts.append(f"passed on at {other.line} after {other.before}: {other.written} {len(other.call)}")
        yield "    " + "; ".join(parts)
    yield f"carried: {', '.join(iteration.carried)}; ended: {iteration.ended}"
    yield f"printed: {iteration.output!r}"


def shape_of(value):
    array = np.asarray(value)
    return f"{type(value).__name__} {array.dtype}{list(array.shape)}"


def path_of(iteration, name):
    number, path = iteration.places[name]
    return f"{number} {'/'.join(map(str, path))}"


@functools.cache
def kept():
    parts = KEPT.read_text().removeprefix("# ").rstrip().split("\n\n# ")
    return {name: lines for name, *lines in (part.split("\n") for part in parts)}


LISTED = """\
numbers = [0.1, -0.2]
best = {"rate": 0.5}
for step in range(5):
    for j in range(2):
        numbers[j] -= 0.1 * (numbers[j] - j)
    best["rate"] = best["rate"] * 0.9 + numbers[0]
"""


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("numbers[1]", "        if step == 1 and j == 1: numbers[1] = 0.75"),
        ("rate", "    if step == 1: best['rate'] = 0.75"),
    ],
)
def test_a_result_in_a_container_that_a_person_replaces_is_what_python_goes_on_with(name, line, tmp_path):
    path = tmp_path / "listed.py"
    path.write_text(LISTED)
    script = open_script(path)
    script.set_edits({1: (CellEdit(name, (), 0.75, False),)})
    lines = LISTED.splitlines()
    names = {}
    exec("\n".join([*lines[:5], *[line] * (name != "rate"), lines[5], *[line] * (name == "rate")]), names)
    assert script.iteration(1).named[name].value == 0.75
    found = script.variables(5)
    assert (found["numbers"], found["best"]) == (names["numbers"], names["best"])


if __name__ == "__main__":
    KEPT.write_text(
        "\n\n".join(f"# {name}\n" + "\n".join(told(name, opened(name))) for name in SCRIPTS) + "\n"
    )
