"""A stand-alone NumPy script that ends with the same parameters, to the last bit."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Collection, Iterator, Mapping
from typing import Any, cast

import numpy as np

from bpstep.engine.edits import Edit
from bpstep.export import messages
from bpstep.export import steps as walk
from bpstep.export.verbatim import is_scripted, runs_verbatim
from bpstep.lang.functions import FUNCTIONS, INLINED
from bpstep.lang.lowering import lower
from bpstep.model.network import Array, Network
from bpstep.program.program import Step
from bpstep.session.session import Session
from bpstep.text import fill, one_line

_WIDTH = 100

_READABLE = '''
def readable(value):
    """{comment}"""
    if isinstance(value, list):
        return [readable(item) for item in value]
    return value if np.isfinite(value) else str(value)
'''


_NAMES = frozenset(("json", "np", "print", "range", "readable", "iteration"))
"""Names that the script itself uses."""


def numpy_script(session: Session, iterations: int) -> Iterator[str]:
    """The script, line by line. It starts from the network at n = 0, with the session's edits there."""
    network, program = session.network, session.timeline.iteration(0).program
    lines = [step_line(step, program.shapes) for step in program.steps]
    drawing = ("divmod", "epoch", "batch", "order", "rows", "places", "generator")
    walk.check_names(program, _NAMES.union(drawing if session.timeline.draws_samples else ()))
    own = helpers([ast.parse(line) for line in lines])
    called = _called_names([ast.parse(text) for text in (*lines, *own)])
    yield f"# {one_line(network.title or network.name)}"
    comment = fill(messages.SCRIPT_NETWORK, name=one_line(network.name), iterations=iterations)
    yield f"# {comment}"
    yield "import json"
    yield ""
    yield "import numpy as np"
    imported = [
        name for name in (*FUNCTIONS, "float64", "int64") if name in called and name not in _written(called)
    ]
    if imported:
        yield f"from numpy import {', '.join(imported)}"
    yield ""
    yield f'np.seterr(all="ignore")  # {fill(messages.SCRIPT_OVERFLOW)}'
    for helper in own:
        yield from ("", "", *helper.splitlines())
    yield from ("", *_READABLE.replace("{comment}", fill(messages.SCRIPT_READABLE)).splitlines(), "", "")
    yield from _data(session)
    yield ""
    yield from _loop(network, iterations)
    yield from _body(program.steps, lines)
    yield ""
    yield f"parameters = {{{', '.join(f'{name!r}: {name}' for name in session.program.weights)}}}".replace(
        "'", '"'
    )
    yield "print(json.dumps({name: readable(value.tolist()) for name, value in parameters.items()}))"


def step_line(step: Step, shapes: Mapping[str, tuple[int, ...]]) -> str:
    """The equation itself, or its lowered form if Python alone would compute something else."""
    if runs_verbatim(step.tree, shapes):
        return step.equation
    return f"{step.name} = {ast.unparse(step.lowered)}"


def is_defined(name: str) -> bool:
    """True for a function of the language that NumPy does not have: a script defines it."""
    return is_scripted(name) or name in _OWN


def helpers(trees: list[ast.Module]) -> list[str]:
    """The activations that are called, each after those that it calls."""
    found: dict[str, str] = {}
    for name in _written(_called_names(trees)):
        _define(name, found)
    return list(found.values())


def _written(names: Collection[str]) -> list[str]:
    """The functions among `names` that NumPy does not have and a script defines."""
    return [name for name in FUNCTIONS if name in names and is_defined(name)]


_OWN = ("one_hot", "windows", "overlap_add", "uniform")
"""Functions that bpstep computes with a Python function of its own."""


def _define(name: str, found: dict[str, str]) -> None:
    if name in _OWN:
        source = inspect.getsource(cast(Any, FUNCTIONS[name].run))
        found[name] = re.sub(": Any| -> Any", "", source).rstrip()
        return
    body = FUNCTIONS[name].definition
    tree = ast.parse(body, mode="eval").body
    for other in _called_names([tree]) & set(INLINED):
        _define(other, found)
    if not runs_verbatim(tree, {"x": (1, 1)}):
        body = ast.unparse(lower(tree, {"x": (1, 1)}))
    found[name] = f"def {name}(x):\n    return {body}"


def _called_names(trees: list[Any]) -> set[str]:
    """The functions called in some trees."""
    nodes = (node for tree in trees for node in ast.walk(tree))
    return {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}


def _data(session: Session) -> Iterator[str]:
    """Every tensor at n = 0; if samples are drawn, all samples instead of the first ones."""
    drawn = session.timeline.draws_samples
    for name, value in walk.initial_tensors(session).items():
        if drawn and name in session.program.data:
            yield from array_lines(_all_samples_name(name), sample_values(session, name))
        elif np.ndim(value):
            yield from array_lines(name, value)
        else:
            yield f"{name} = np.float64({float(value)!r})"


def sample_values(session: Session, name: str) -> Array:
    """All inputs or labels, with their edits."""
    network = session.network
    every = network.data[name].copy(order="K")
    for edit in session.journal.edits:
        if isinstance(edit, Edit) and edit.name == name:
            every[edit.index] = edit.value
    return every


def array_lines(name: str, value: Array) -> Iterator[str]:
    """`name = np.array(…)`, on as many lines as it needs."""
    # Sums depend on the memory order, so that is kept too.
    order = "" if value.flags.c_contiguous else ', order="F"'
    short = f"{name} = np.array({value.tolist()!r}{order})" if value.size < _WIDTH else ""
    if short and len(short) <= _WIDTH:
        yield short
        return
    yield f"{name} = np.array("
    if value.ndim == 1:
        yield from _list(value, "    ")
    else:
        yield "    ["
        for row in value:
            yield from _list(row, "        ")
        yield "    ],"
    if order:
        yield '    order="F",'
    yield ")"


def _list(row: Array, indent: str) -> Iterator[str]:
    inside = ", ".join(map(repr, row.tolist()))
    if len(inside) + len(indent) <= _WIDTH:
        yield f"{indent}[{inside}],"
        return
    yield f"{indent}["
    deeper = indent + "    "
    yield from textwrap.wrap(
        f"{inside},", _WIDTH, initial_indent=deeper, subsequent_indent=deeper, break_on_hyphens=False
    )
    yield f"{indent}],"


def _loop(network: Network, iterations: int) -> Iterator[str]:
    """The head of the loop, and which samples an iteration draws."""
    if not (network.batch_size or network.shuffle):
        yield f"for iteration in range({iterations}):"
        return
    samples, size = network.samples, network.batch_size or network.samples
    older = network.shuffle and network.shuffle_seed is not None
    if not network.shuffle or older:
        yield f"order = np.arange({samples})"
    if older:
        yield f"generator = np.random.RandomState({network.shuffle_seed})"
    yield f"for iteration in range({iterations}):"
    yield f"    epoch, batch = divmod(iteration, {network.batches_per_epoch})"
    if older:
        yield "    if batch == 0:"
        yield f"        places = np.arange({samples})"
        yield "        generator.shuffle(places)"
        yield "        order = order[places]"
    elif network.shuffle:
        yield "    if batch == 0:"
        yield f"        order = np.random.default_rng([{network.seed}, epoch]).permutation({samples})"
    yield f"    rows = order[batch * {size} : (batch + 1) * {size}]"
    rows = "rows[0]" if network.derivation == "rows" else "rows"
    drawn = ", ".join(f"{_all_samples_name(name)}[{rows}]" for name in network.data)
    yield f"    {', '.join(network.data)} = {drawn}"


def _body(steps: tuple[Step, ...], lines: list[str]) -> Iterator[str]:
    phase = ""
    for step, line in zip(steps, lines):
        if step.phase != phase:
            phase = step.phase
            yield f"    # {fill(phase)}"
        yield f"    {line}"


def _all_samples_name(name: str) -> str:
    """The name of the array of all samples, if an iteration draws some of them."""
    return {"X": "inputs", "labelY": "labels"}.get(name, f"all_{name}")
