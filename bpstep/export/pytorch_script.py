"""A script that builds the same network in PyTorch and compares its gradients with those of bpstep."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bpstep.errors import BpstepError
from bpstep.export import messages
from bpstep.export import steps as walk
from bpstep.export.numpy_script import array_lines, sample_values
from bpstep.lang.activations import ACTIVATIONS
from bpstep.lang.functions import FUNCTIONS
from bpstep.lang.shapes import Shape, is_whole, shape_of
from bpstep.lang.substitution import rebuilt
from bpstep.lang.trees import index_parts, is_tensor_index
from bpstep.model.network import Network
from bpstep.model.optimizers import EPSILON_HAT, OPTIMIZERS, SCHEDULES
from bpstep.program.program import Phase, Program, RoleKind, Step, gradient_of
from bpstep.session.session import Session
from bpstep.text import fill, one_line

_SOURCE = Path(__file__).parent / "torch_functions.txt"

_REPORT = """\
    for name, parameter in parameters.items():
        ours = torch.tensor(gradients[iteration][name])
        difference = max_of(difference, (parameter.grad - ours).abs().max().item())
        print(f"iteration {iteration}, gradient of {name}")
        print("  PyTorch", shortened(parameter.grad))
        print("  bpstep ", shortened(ours))
"""

_REPORT_OF_EQUATIONS = """\
        for (name, computed), derived in zip(computed_gradients.items(), derived_gradients):
            ours = torch.tensor(gradients[iteration][name])
            difference = max_of(difference, (computed - ours).abs().max().item())
            print(f"iteration {iteration}, gradient of {name}")
            print("  PyTorch  ", "none" if derived is None else shortened(derived))
            print("  equations", shortened(computed))
            print("  bpstep   ", shortened(ours))
"""

_HELPERS = """\
max_of = max


def shortened(values):
    numbers = values.reshape(-1).tolist()
    return " ".join(f"{number:.10g}" for number in numbers[:8]) + (" ..." if len(numbers) > 8 else "")
"""


_NAMES = frozenset(
    (
        *("torch", "print", "range", "len", "float", "zip", "max_of", "shortened", "tensor_of", "reduced"),
        *("parameters", "optimizer", "iteration", "gradients", "final", "difference", "name", "parameter"),
        *("computed_gradients", "derived_gradients", "ours", "computed", "derived"),
    )
)
"""Names that the script itself uses."""


def pytorch_script(session: Session, iterations: int) -> Iterator[str]:
    """The script, line by line; BpstepError if PyTorch cannot express the network."""
    network, program = session.network, session.timeline.iteration(0).program
    if network.script is not None:
        raise BpstepError(fill(messages.PYTORCH_NO_SCRIPT))
    if network.update_order != "after":
        raise BpstepError(fill(messages.PYTORCH_AFTER_ONLY))
    if EPSILON_HAT in network.optimizer_options:
        raise BpstepError(fill(messages.PYTORCH_EPSILON))
    replaced = bool(program.replaced)
    shown = program.steps if replaced else [*program.forward_steps, *_running(program)]
    # Whatever PyTorch lacks is reported before the first line.
    definitions = _definitions(set().union(*(_called(step.tree) for step in shown)))
    optimizer = "" if replaced else _optimizer(session, network)
    walk.check_names(program, _NAMES.union(("rows",) if session.timeline.draws_samples else ()))
    yield f"# {one_line(network.title or network.name)}"
    yield f"# {fill(messages.PYTORCH_SCRIPT, name=one_line(network.name), iterations=iterations)}"
    if program.replaced:
        yield f"# {fill(messages.PYTORCH_REPLACED, names=', '.join(program.replaced))}"
    yield "import torch"
    yield ""
    yield "torch.set_default_dtype(torch.float64)"
    yield from ("", "", *_HELPERS.splitlines())
    for block in definitions:
        yield from ("", "", *block.splitlines())
    yield from ("", "")
    yield from _tensors(session, program)
    yield f"parameters = {{{_by_name(program)}}}"
    if optimizer:
        yield f"optimizer = torch.optim.{optimizer}"
    yield from _training(session, program, iterations)
    yield f"for iteration in range({iterations}):"
    if session.timeline.draws_samples:
        read = _tensors_read(program)
        for name in (name for name in program.data if name in read):
            index = "[0]" if network.derivation == "rows" else ""
            yield f"    {name} = all_{name}[rows[iteration]]{index}"
    for step in program.forward_steps:
        yield f"    {step.name} = {_with_whole_indices(step, program.shapes)}"
    yield from _replaced_passes(program) if replaced else _derived_passes(network, program)
    carried = ", ".join(f'"{step.name}": {step.name}' for step in _running(program))
    final = f"{{**parameters, {carried}}}" if carried else "parameters"
    yield f"for name, parameter in {final}.items():"
    yield "    difference = max_of(difference, (parameter - torch.tensor(final[name])).abs().max().item())"
    yield 'print("max difference", difference)'


def _with_whole_indices(step: Step, shapes: Mapping[str, Shape]) -> str:
    """The right-hand side; an index whose numbers PyTorch computes in floats becomes one of integers."""
    parts = [
        part
        for node in ast.walk(step.tree)
        if isinstance(node, ast.Subscript)
        for part in filter(is_tensor_index, index_parts(node))
        if shape_of(part, shapes) and not is_whole(part, shapes)
    ]
    if not parts:
        return step.source
    return ast.unparse(rebuilt(step.tree, lambda node: _as_long(node) if node in parts else None))


def _as_long(node: ast.expr) -> ast.expr:
    """node.long()"""
    return ast.Call(ast.Attribute(node, "long", ast.Load()), [], [])


def _running(program: Program) -> list[Step]:
    """Running statistics for test samples, which no optimizer updates."""
    return [step for step in program.steps if step.role.kind == RoleKind.RUNNING]


def _derived_passes(network: Network, program: Program) -> Iterator[str]:
    """The backward pass and the updates, computed by PyTorch."""
    yield "    optimizer.zero_grad()"
    yield f"    {program.loss}.backward()"
    yield from _REPORT.splitlines()
    yield "    optimizer.step()"
    if _running(program):
        yield "    with torch.no_grad():"
        yield from (f"        {step.equation}" for step in _running(program))
    if network.schedule is not None:
        source = re.sub(r"\b(exp|floor)\(", r"math.\1(", SCHEDULES[network.schedule.kind].rate)
        yield "    t = iteration + 1"
        yield f'    optimizer.param_groups[0]["lr"] = {source}'
    elif any("t" in step.reads for step in program.forward_steps) and "t" in program.step_indices:
        yield "    t = t + 1"


def _replaced_passes(program: Program) -> Iterator[str]:
    """The backward pass and the updates by their equations: PyTorch's own would ignore a replaced one."""
    given = ", ".join(program.parameters)
    yield f"    derived_gradients = torch.autograd.grad({program.loss}, [{given}], allow_unused=True)"
    yield "    with torch.no_grad():"
    steps = program.steps[len(program.forward_steps) :]
    for step in steps:
        if step.phase == Phase.BACKWARD:
            yield f"        {step.equation}"
    yield "        computed_gradients = {"
    for name, parts in program.gradients.items():
        flat = ", ".join(f"{part}.reshape(-1)" for part in parts)
        yield f'            "{name}": torch.cat([{flat}]).reshape({name}.shape),'
    yield "        }"
    yield from _REPORT_OF_EQUATIONS.splitlines()
    for step in steps:
        if step.phase == Phase.UPDATE:
            yield f"        {step.equation}"
    for name in program.parameters:
        yield f"    {name}.requires_grad_()"
    yield f"    parameters = {{{_by_name(program)}}}"


def _by_name(program: Program) -> str:
    return ", ".join(f'"{name}": {name}' for name in program.parameters)


def _called(tree: ast.AST) -> set[str]:
    """The functions of the language that an equation calls."""
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {function.id for function in calls if isinstance(function, ast.Name) and function.id in FUNCTIONS}


def _definitions(called: set[str]) -> list[str]:
    """The called functions in PyTorch: its own, or an activation's definition from the table.

    BpstepError if one has neither.
    """
    blocks = re.split(r"\n\n\n", _SOURCE.read_text("utf-8").rstrip())
    rows = {block.partition("(")[0].removeprefix("def "): block for block in blocks}
    defined: dict[str, str] = {}
    remaining = sorted(called, reverse=True)
    while remaining:
        name = remaining.pop()
        if name in rows:
            defined[name] = rows[name]
            continue
        source = ACTIVATIONS[name].definition if name in ACTIVATIONS else ""
        calls = _called(ast.parse(source))
        if not source or name in calls:
            raise BpstepError(fill(messages.PYTORCH_FUNCTION, name=name))
        defined[name] = f"def {name}(x):\n    x = tensor_of(x)\n    return {source}"
        remaining += sorted(calls - set(defined))
    helpers = [rows["tensor_of"], rows["reduced"]] if defined else []
    return [*helpers, *(defined[name] for name in FUNCTIONS if name in defined)]


def _tensors(session: Session, program: Program) -> Iterator[str]:
    """Every tensor that the forward pass reads at n = 0."""
    drawn = session.timeline.draws_samples
    learned = set(program.parameters)
    read = _tensors_read(program)
    for name, value in walk.initial_tensors(session).items():
        if name not in read | learned:
            continue
        if drawn and name in program.data:
            yield from _tensor(f"all_{name}", sample_values(session, name), False)
        else:
            yield from _tensor(name, value, name in learned)


def _tensors_read(program: Program) -> set[str]:
    """The tensors that the exported equations read."""
    shown = program.steps if program.replaced else [*program.forward_steps, *_running(program)]
    return {name for step in shown for name in step.reads}


def _tensor(name: str, value: Any, learned: bool) -> Iterator[str]:
    if np.ndim(value) == 0:
        yield f"{name} = torch.tensor({np.asarray(value).item()!r}{', requires_grad=True' * learned})"
        return
    lines = list(array_lines(name, np.ascontiguousarray(value)))
    lines[0] = lines[0].replace("np.array(", "torch.tensor(")
    yield from lines
    if learned:
        yield f"{name}.requires_grad_()"


def _training(session: Session, program: Program, iterations: int) -> Iterator[str]:
    """The rows that are drawn, and bpstep's results."""
    network = session.network
    found, rows = [], []
    for index in range(iterations):
        iteration = session.timeline.iteration(index)
        tensors = iteration.tensors(len(program))
        session.timeline.record(iteration)
        found.append({name: gradient_of(program, name, tensors).tolist() for name in program.parameters})
        rows.append(list(session.timeline.rows(index)))
    if network.schedule is not None and not program.replaced:
        yield "import math"
        for name, value in network.schedule.tensors(network.learning_rate).items():
            yield f"{name} = {value!r}"
    if session.timeline.draws_samples:
        yield f"rows = {rows!r}"
    yield f"# {fill(messages.PYTORCH_GRADIENTS)}"
    yield "gradients = ["
    for each in found:
        yield "    {"
        for name, value in each.items():
            yield f'        "{name}": {_numbers(value)},'
        yield "    },"
    yield "]"
    yield "final = {"
    for name in (*program.parameters, *(step.name for step in _running(program))):
        yield f'    "{name}": {_numbers(tensors[name].tolist())},'
    yield "}"
    yield "difference = 0.0"


def _numbers(value: Any) -> str:
    """Nested lists; NaN and infinity in the form that Python reads."""
    return re.sub(r"\b(nan|inf)\b", r'float("\1")', repr(value))


def _optimizer(session: Session, network: Network) -> str:
    """The optimizer's call in torch.optim. BpstepError if there is none."""
    initial = walk.initial_tensors(session)
    options = {name: repr(float(initial[name])) for name in network.optimizer_options}
    rate = repr(float(initial["learning_rate"]))
    template = OPTIMIZERS[network.optimizer].torch
    if not template:
        raise BpstepError(fill(messages.PYTORCH_OPTIMIZER, name=network.optimizer))
    return template.format(parameters="parameters.values()", rate=rate, **options)
