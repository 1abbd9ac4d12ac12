"""The backward pass for a network's or script's forward lines, as NumPy and as JSON."""

from __future__ import annotations

import ast
import json
import keyword
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bpstep.deferred import deferred
from bpstep.errors import BpstepError
from bpstep.export import messages
from bpstep.export.numpy_script import helpers, is_defined
from bpstep.export.verbatim import runs_alike
from bpstep.lang.functions import FUNCTIONS
from bpstep.model.network import ForwardPass, Network
from bpstep.program.derive import derive_program
from bpstep.program.program import Phase, Program, Step
from bpstep.session.origin import origin_of
from bpstep.text import fill, one_line

if TYPE_CHECKING:
    from bpstep.gradcheck.script import report
else:
    report = deferred("bpstep.gradcheck.script.report")


@dataclass(frozen=True)
class DerivedPass:
    """The forward lines that a loss depends on, and the derived backward lines."""

    network: Network
    program: Program
    """A program with these lines; for a script, one made from its forward lines."""
    loss: str = ""
    """A sentence that says what the loss is; empty for a network."""
    places: Mapping[str, str] = field(default_factory=dict)
    """The place of each forward line of a script, by its tensor: `homework.py:14`."""
    originals: Mapping[str, str] = field(default_factory=dict)
    """The script's own name of a tensor that is not an identifier: layers[0].W for layers_0_W."""

    @property
    def steps(self) -> tuple[Step, ...]:
        """The equations, forwards and backwards."""
        return tuple(step for step in self.program.steps if step.phase != Phase.UPDATE)

    @property
    def given(self) -> tuple[str, ...]:
        """The tensors that the equations read but none computes."""
        written = {step.name for step in self.steps}
        read = dict.fromkeys(name for step in self.steps for name in step.reads)
        return tuple(name for name in read if name not in written)

    @property
    def gradients(self) -> dict[str, str]:
        """For each parameter the equation that is its gradient; several if each gives some of the rows."""
        return {
            self.originals.get(name, name): ", ".join(names)
            for name, names in self.program.gradients.items()
            if names
        }

    def written(self, step: Step) -> str:
        """An equation in NumPy."""
        return _qualified(self.plain(step))

    def plain(self, step: Step) -> str:
        """The same with NumPy's functions by their bare names."""
        if runs_alike(step.tree, self.program.shapes):
            return step.equation
        return f"{step.name} = {ast.unparse(step.lowered).replace(' ** ', '**')}"


def _qualified(text: str) -> str:
    """Lines of Python in which NumPy's functions are called as np.exp, the language's own by name."""
    tree = ast.parse(text)
    own = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    called = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names = [node for node in called if isinstance(node, ast.Name) and node.id not in own]
    lines = text.splitlines()
    for node in sorted(names, key=lambda node: node.col_offset, reverse=True):
        if node.id in ("float64", "int64") or (node.id in FUNCTIONS and not is_defined(node.id)):
            line = lines[node.lineno - 1]
            lines[node.lineno - 1] = f"{line[: node.col_offset]}np.{line[node.col_offset :]}"
    return "\n".join(lines)


def derive_backward(network: Network, parameters: Sequence[str]) -> DerivedPass:
    """The backward pass for a network's forward lines, whatever its own backward lines are.

    `parameters` are those of a script that a person chose, none to take those that it updates.

    BpstepError if a script has no loss, or if a line has no derivative.
    """
    if network.script is None:
        plain = replace(network, program={}, puzzle=False) if network.program else network
        return DerivedPass(plain, derive_program(plain))
    origin = origin_of(network)
    program, meaning = origin.program, origin.meaning  # type: ignore[attr-defined]
    if program.loss_index is None:
        line = origin.script.loop.line  # type: ignore[attr-defined]
        raise BpstepError(fill(messages.NO_LOSS_TO_DERIVE, name=one_line(network.title), line=line))
    steps = _forward_of(program)
    for step in steps:
        if step.is_given and step.origin is not None:
            slots = {"place": step.origin.place, "line": step.origin.written}
            raise BpstepError(fill(messages.LINE_NOT_DERIVED, **slots))
    equations, given = _self_contained(steps, program)
    names = _identifiers([*given, *(step.name for step, _ in equations)])
    chosen = parameters or [name for name in meaning.parameters if name in given]
    weights = {names[name]: given[name] for name in _parameters(network, given, chosen)}
    forward = ForwardPass(
        tuple(
            (names[step.name], _renamed(step, {**names, **{old: names[new] for old, new in before.items()}}))
            for step, before in equations
        ),
        {},
        {names[name]: value for name, value in given.items() if names[name] not in weights},
        weights,
    )
    made = replace(network, script=None, forward=forward, learning_rate=1.0, program={})
    places = {names[step.name]: step.origin.place for step in steps if step.origin is not None}
    originals = {text: name for name, text in names.items() if name != text}
    template = messages.LOSS_COMPUTED if meaning.parameters else messages.LOSS_WITHOUT_UPDATES
    computed = fill(template, name=program.loss)
    loss = computed if meaning.loss is None else report.loss_sentence(meaning.loss)
    return DerivedPass(made, derive_program(made), loss, places, originals)


_DATA = re.compile(
    r"(x|y|t|d|xs|ys|z?data|inputs?|outputs?|targets?|labels?|truth|images?|pixels|features?|samples?|batch|tokens|"
    r"one_?hot|onehot|mask|noise|eps\w*)(_?(train|test|batch|b|data|in|out|true|hot|\d+))*",
    re.IGNORECASE,
)
"""The usual names of data in a script that updates nothing yet."""


def _parameters(network: Network, given: Mapping[str, Any], chosen: Sequence[str]) -> list[str]:
    """The tensors whose gradients are derived: those that were chosen, or are updated.

    In a script that updates nothing yet, these are the arrays of fractions without the name of data, if there
    are data beside them. BpstepError if there are none, or if the forward lines do not read one of them.
    """
    arrays = [name for name, value in given.items() if np.ndim(value) and np.asarray(value).dtype.kind == "f"]
    listed = ", ".join(given)
    for name in chosen:
        if name not in given:
            raise BpstepError(fill(messages.NO_SUCH_PARAMETER, parameter=name, names=listed))
    found = list(chosen) or [
        name for name in arrays if not _DATA.fullmatch(name.split(":")[0].split(".")[-1])
    ]
    if not found or (not chosen and len(found) == len([name for name in given if np.ndim(given[name])])):
        raise BpstepError(fill(messages.NO_PARAMETERS_TO_DERIVE, name=one_line(network.title), names=listed))
    return found


def _forward_of(program: Program) -> list[Step]:
    """The equations that the loss depends on."""
    assert program.loss_index is not None
    found: list[Step] = []
    wanted = {program.steps[program.loss_index].name}
    for step in reversed(program.steps[: program.loss_index + 1]):
        if step.name in wanted and not _is_given_data(step, program):
            found.append(step)
            wanted.update(step.reads)
    return found[::-1]


def _self_contained(
    steps: Sequence[Step], program: Program
) -> tuple[list[tuple[Step, dict[str, str]]], dict[str, Any]]:
    """The equations, with names for earlier values that they read, and the tensors that exist before them.

    A value that is read before its line writes it, such as a running sum, gets a name of its own.
    """
    written = {step.name for step in steps}
    equations: list[tuple[Step, dict[str, str]]] = []
    given: dict[str, Any] = {}
    done: set[str] = set()
    for step in steps:
        earlier = {}
        for name in step.reads:
            if name not in done:
                earlier[name] = f"{name}_before" if name in written else name
                given[earlier[name]] = program.initial[name]
        equations.append((step, earlier))
        done.add(step.name)
    return equations, given


def _identifiers(names: Sequence[str]) -> dict[str, str]:
    """A Python identifier for each tensor: layers[0].W becomes layers_0_W, and H:14 H if there is one H."""
    bases = Counter(name.split(":")[0] for name in names)
    found: dict[str, str] = {}
    taken: set[str] = {*FUNCTIONS, "np", *keyword.kwlist}
    for name in sorted(names, key=lambda each: not each.isidentifier()):
        base = name.split(":")[0]
        plain = re.sub(r"\W+", "_", base if bases[base] == 1 else name).strip("_") or "tensor"
        plain = name if name.isidentifier() else plain
        while plain in taken or not plain.isidentifier():
            plain = f"{plain}_" if plain in taken else f"t_{plain}"
        taken.add(plain)
        found[name] = plain
    return found


def _renamed(step: Step, names: Mapping[str, str]) -> str:
    """The right-hand side with tensors renamed, and everything else as written."""
    called = {id(node.func) for node in ast.walk(step.tree) if isinstance(node, ast.Call)}
    read = [node for node in ast.walk(step.tree) if isinstance(node, ast.Name) and id(node) not in called]
    text = step.source
    for node in sorted(read, key=lambda node: node.col_offset, reverse=True):
        text = f"{text[: node.col_offset]}{names[node.id]}{text[node.end_col_offset :]}"
    return text


def _is_given_data(step: Step, program: Program) -> bool:
    """True for a line that is not an equation and depends on no parameter: its value counts as data."""
    return step.is_given and step.name in program.initial


def derived_text(derived: DerivedPass, title: str) -> Iterator[str]:
    """A NumPy script; the given tensors have to be set before it."""
    lines = [(step, derived.written(step)) for step in derived.steps]
    yield f"# {one_line(fill(messages.DERIVED_TITLE, name=title))}"
    if derived.loss:
        yield f"# {one_line(derived.loss)}"
    given = ", ".join(_with_original(name, derived) for name in derived.given)
    yield f"# {one_line(fill(messages.DERIVED_GIVEN, names=given))}"
    yield "import numpy as np"
    for helper in helpers([ast.parse(derived.plain(step)) for step in derived.steps]):
        yield ""
        yield from _qualified(helper).splitlines()
    phase = ""
    for step, text in lines:
        if step.phase != phase:
            phase = step.phase
            yield ""
            yield f"# {fill(phase)}"
        place = derived.places.get(step.name, "")
        yield f"{text}  # {one_line(place)}" if place else text
    yield ""
    for name, gradient in derived.gradients.items():
        yield f"# {one_line(fill(messages.DERIVED_GRADIENT, name=name, gradient=gradient))}"


def _with_original(name: str, derived: DerivedPass) -> str:
    if name not in derived.originals:
        return name
    return fill(messages.NAME_WITH_ORIGINAL, name=name, original=derived.originals[name])


def derived_json(derived: DerivedPass, title: str) -> Iterator[str]:
    """A derived backward pass as JSON, one object per line: the whole, then the equations."""
    head = {
        "format": "bpstep-derive",
        "version": 1,
        "name": title,
        "loss": derived.program.loss,
        "sentence": derived.loss or None,
        "given": {name: derived.originals.get(name, name) for name in derived.given},
        "gradients": derived.gradients,
    }
    yield json.dumps(head, ensure_ascii=False)
    for step in derived.steps:
        name, _, numpy = derived.written(step).partition(" = ")
        record = {"name": name, "phase": step.phase, "numpy": numpy, "place": derived.places.get(step.name)}
        if step.phase == Phase.BACKWARD:
            record |= {"of": step.role.of, "by": step.role.by}
        yield json.dumps(record, ensure_ascii=False)
