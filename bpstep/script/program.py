"""A script's training loop as a program: the equations of its passes, with their meanings."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bpstep.errors import ExpressionError
from bpstep.lang.parser import reads, tree_of
from bpstep.model.network import ForwardPass, Network, ScriptText
from bpstep.program.diagram import LayoutKind, TensorLayout
from bpstep.program.program import (
    EquationDraft,
    GivenTensors,
    OpenCall,
    Origin,
    Phase,
    Program,
    Role,
    RoleKind,
)
from bpstep.script import messages
from bpstep.script.equations.equations import ScriptEquation, ScriptIteration
from bpstep.script.meaning.meaning import EquationMeaning, Meaning
from bpstep.script.meaning.picture import diagrams_of_steps, find_script_diagrams
from bpstep.script.source import Source
from bpstep.text import fill

_NOWHERE = TensorLayout(LayoutKind.NONE)

_MAX_TRIES = 8
"""How many equations of a pass may not fit to the others before all count as given."""

_RATE = np.nan
"""A script has no learning rate except those in its own equations."""


class ScriptProgram:
    """The equations of several passes as one program.

    Passes may differ: a branch, a line that runs now and then. The program has every equation that one of
    them ran, each once, in order.
    """

    def __init__(self, source: Source, passes: Sequence[ScriptIteration], meaning: Meaning) -> None:
        self.source = source
        self.meaning = meaning
        self.equations = _united(passes)
        passes = [_aligned(each, self.equations) for each in passes]
        self._meanings = _meanings(passes[0], meaning)
        self.initial = _initial(passes)
        self.loss = _loss_name(self._meanings, meaning)
        if not self.loss and not meaning.parameters:
            self.loss = _untrained_loss(self.equations)
        """The loss: an equation of the script or, if it computes none, an added one."""
        self._unit = _common_scale(passes[0], meaning)
        self._meanings = _with_later(_with_memories(self._meanings, passes), self.equations)
        updates = {name for name, each in self._meanings.items() if each.phase == Phase.UPDATE}
        before = [each for each in self.equations if each.name not in updates]
        self.looking_on = _looking_on_for(self.loss, self.equations)
        """The loss and what only it depends on: equations that nothing else reads."""
        self.constants = _constants(passes, self.initial)
        """The tensors that no pass changes and none gets from outside."""
        self.added = _added_loss(self.equations, before, meaning, self.loss, self._unit)
        self.program = self._fitting_program(passes[0], self.equations, {})
        self._programs: dict[tuple[str, ...], Program] = {self._sources(self.equations): self.program}

    def program_of(self, iteration: ScriptIteration) -> Program:
        """The program of an aligned pass: the same equations, with the right-hand sides that it ran.

        Tensors that it reads but no equation here computes count as given: an item of a list that no earlier
        pass used, the result of a line that did not run in the first passes.
        """
        ran = iteration.named
        equations = [_in_place_of(equation, ran.get(equation.name, equation)) for equation in self.equations]
        given = self._given_in(iteration, equations) | _opaque_values(equations)
        key = self._sources(equations)
        if key not in self._programs:
            self._programs[key] = self._fitting_program(iteration, equations, given)
        return self._programs[key]

    def _fitting_program(
        self, iteration: ScriptIteration, equations: Sequence[ScriptEquation], given: Mapping[str, Any]
    ) -> Program:
        """The program of these equations in the shapes of the first passes if they fit, else in those of this
        pass; the results of what it did not run, and of what does not fit then, count as given.
        """
        initial = {**self.initial, **given}
        try:
            return self._program(equations, initial)
        except ExpressionError:
            initial |= named_values({**iteration.initial, **iteration.feeds})
            ran = iteration.named
            taken = {each.name for each in equations if each.name not in ran}
        for _ in range(_MAX_TRIES):
            fitting = [_as_given(each) if each.name in taken else each for each in equations]
            try:
                return self._program(fitting, {**initial, **_opaque_values(fitting)})
            except ExpressionError as error:
                if error.equation is None or error.equation in taken or error.equation not in ran:
                    raise
                # It reads what another pass computes earlier than this one.
                taken.add(error.equation)
        fitting = [_as_given(each) for each in equations]
        return self._program(fitting, {**initial, **_opaque_values(fitting)})

    def _given_in(self, iteration: ScriptIteration, equations: Iterable[ScriptEquation]) -> dict[str, Any]:
        """The tensors that these equations read in a pass and the first passes do not have, in the order of
        reading.
        """
        known = {*self.initial, *(equation.name for equation in self.equations)}
        there = {
            **iteration.initial,
            **iteration.feeds,
            **{each.name: each.value for each in iteration.equations},
        }
        new = [name for name in there if name not in known]
        sources = [equation.source for equation in equations] if new else []
        return named_values(
            {name: there[name] for name in new if any(_mentions(source, name) for source in sources)}
        )

    def aligned(self, iteration: ScriptIteration) -> ScriptIteration:
        """A pass with the names of this program.

        A line's result that has another name in each pass, such as the next element of a list, gets that of
        the first pass.
        """
        return _aligned(iteration, self.equations)

    @staticmethod
    def _sources(equations: Iterable[ScriptEquation]) -> tuple[str, ...]:
        return tuple(equation.source for equation in equations)

    def _program(self, equations: Sequence[ScriptEquation], initial: Mapping[str, Any]) -> Program:
        drafts = [self._draft(equation) for equation in equations]
        if self.added is not None:
            place, draft = self.added
            drafts.insert(place, draft)
        program = Program(
            drafts,
            GivenTensors(initial, dict.fromkeys(initial, _NOWHERE), weights=self.meaning.parameters),
            {name: self._gradient_of(name) for name in self.meaning.gradients},
            loss=self.loss,
        )
        diagrams = find_script_diagrams(program, self.meaning)
        if diagrams:
            program.show_diagrams(diagrams, diagrams_of_steps(program, diagrams))
        return program

    def _draft(self, equation: ScriptEquation) -> EquationDraft:
        meaning = self._meanings.get(equation.name, EquationMeaning(Phase.FORWARD))
        phase = Phase.LOSS if equation.name == self.loss else meaning.phase
        role = self._role(equation.name, phase, meaning)
        source = self.source
        file, line = source.path_in_folder(equation.file), equation.line
        place = f"{file}:{line}"
        if file == source.path.name:
            path, there = source.place(line)
            place = f"{Path(path).name}:{there}"
        origin = Origin(
            equation.written,
            place,
            line,
            tuple(
                OpenCall(call.name, f"{source.path_in_folder(call.file)}:{call.line_there}")
                for call in equation.call
            ),
            equation.opaque,
            file,
        )
        return EquationDraft(equation.name, equation.source, phase, role, _NOWHERE, origin)

    def _role(self, name: str, phase: Phase, meaning: EquationMeaning) -> Role:
        whole = self.meaning
        match phase:
            case Phase.LOSS if name == self.loss:
                return Role(RoleKind.LOSS, by=name)
            case Phase.UPDATE if name in whole.parameters:
                return Role(RoleKind.UPDATE, by=name, scale=self._scale(meaning))
            case Phase.UPDATE:
                return Role(RoleKind.SLOT, by=name)
            case Phase.BACKWARD if meaning.by and not meaning.turned:
                return self._gradient_role(name, meaning)
        return Role(RoleKind.VALUE, by=name)

    def _gradient_of(self, parameter: str) -> tuple[str, ...]:
        """The equation with a parameter's gradient; empty if it is within the update or scaled."""
        name = self.meaning.gradients[parameter]
        meaning = self._meanings.get(name)
        is_whole = meaning is not None and meaning.phase == Phase.BACKWARD and meaning.by == parameter
        return (name,) if is_whole and meaning is not None and self._scale(meaning) == 1 else ()

    def _scale(self, meaning: EquationMeaning) -> float:
        """An equation's result divided by a gradient of the loss; 0 if unknown."""
        if self.meaning.loss is None:
            return 0.0
        has_own = bool(self.meaning.loss.equation)
        scale = meaning.constant * (self.meaning.loss.constant if has_own else 1 / self._unit)
        return 1.0 if math.isclose(scale, 1.0, rel_tol=1e-6) else scale

    def _gradient_role(self, name: str, meaning: EquationMeaning) -> Role:
        """The role of a gradient; only a value if its factor is unknown."""
        scale = self._scale(meaning)
        names = {*self.initial, *(equation.name for equation in self.equations)}
        if not scale:
            return Role(RoleKind.VALUE, by=name)
        if meaning.by in names:
            return Role(RoleKind.GRADIENT, of=self.loss, by=meaning.by, scale=scale)
        within = next((each.name for each in self.equations if meaning.by in each.source), "")
        if not within:
            return Role(RoleKind.VALUE, by=name)
        return Role(RoleKind.INNER, of=self.loss, by=within, scale=scale, inner=meaning.by)

    def network(self, text: ScriptText) -> Network:
        """What is known of the network that a script with this text trains."""
        forward = [
            (equation.name, equation.source) for equation in self.program.steps if equation.phase.is_forward
        ]
        parameters = {each: self.initial[each] for each in self.meaning.parameters if each in self.initial}
        return Network(
            name=self.source.path.stem,
            title=self.source.path.name,
            layers=(),
            inputs=np.empty((1, 0)),
            labels=np.empty((1, 0)),
            learning_rate=_RATE,
            loss=self.loss,
            forward=ForwardPass(tuple(forward), {}, {}, parameters),
            path=self.source.path,
            script=text,
        )


def as_tensor(value: Any) -> Any:
    """A script's array or number in a tensor's type: float64, or int64 if it may be an index."""
    array = np.asarray(value)
    if array.dtype.kind in "biu":
        kind: Any = np.int64 if array.dtype.kind in "iu" and array.ndim else np.float64
    else:
        kind = np.float64
    found = array.astype(kind)
    if not found.ndim:
        return found[()]
    found.setflags(write=False)
    return found


_LOSS_TEXTS = {
    "half_squared_error": "sum(1/2 * ({target} - {output})**2)",
    "binary_cross_entropy": "sum(-({target} * log({output}) + (1 - {target}) * log(1 - {output})))",
    "cross_entropy": "sum(-({target} * log({output})))",
    "absolute_error": "sum(abs({target} - {output}))",
    "hinge": "sum(maximum(0, 1 - {target} * {output}))",
}
"""The usual losses of an output and a target, as equations."""


def _loss_name(meanings: Mapping[str, EquationMeaning], meaning: Meaning) -> str:
    if meaning.loss is None:
        return _looking_on(meanings)
    if meaning.loss.equation:
        return meaning.loss.equation
    return next(name for name in ("E", "loss", "descended_loss", "the_loss") if name not in meanings)


def _looking_on(meanings: Mapping[str, EquationMeaning]) -> str:
    """The script's own loss if the updates descend no known one; empty if there is none.

    It is the last number of the loss phase with the name of a loss, else the last of all: a script with a
    mistake in it still has its loss.
    """
    names = [name for name, each in meanings.items() if each.phase == Phase.LOSS]
    named = [name for name in names if _LOSS_WORD.search(name)]
    return (named or names[-1:] or [""])[-1]


def _untrained_loss(equations: Sequence[ScriptEquation]) -> str:
    """The last number with the name of a loss in a script that trains nothing yet; empty if there is none."""
    numbers = [each.name for each in equations if np.size(each.value) == 1]
    return next((name for name in reversed(numbers) if _LOSS_WORD.search(name)), "")


_LOSS_WORD = re.compile("loss|cost|err|mse|^[EJL]$", re.IGNORECASE)


def _common_scale(iteration: ScriptIteration, meaning: Meaning) -> float:
    """The constant, without its sign, that the gradients of all parameters share; 1 if they differ."""
    found = _meanings(iteration, meaning)
    held = (found[name] for name in meaning.gradients.values() if name in found)
    scales = [abs(each.constant) for each in held if each.phase == Phase.BACKWARD]
    alike = bool(scales) and scales[0] > 0 and np.allclose(scales, scales[0], rtol=1e-6)
    return scales[0] if alike else 1.0


def _scaled_text(text: str, scale: float, output: str, value: Any) -> str:
    """A sum times a constant, as one would write it."""
    shape = np.shape(value)
    if math.isclose(scale, 2) and text.startswith("sum(1/2 * "):
        return text.replace("1/2 * ", "", 1)
    if math.isclose(scale, 1):
        return text
    if shape and math.isclose(scale * math.prod(shape), 1):
        return text.replace("sum(", "mean(", 1)
    counts = [axis for axis, size in enumerate(shape) if math.isclose(scale * size, 1)]
    return f"{text} / size({output}, {counts[0]})" if counts else f"{scale!r} * {text}"


def _added_loss(
    equations: Sequence[ScriptEquation],
    before: Sequence[ScriptEquation],
    meaning: Meaning,
    name: str,
    scale: float,
) -> tuple[int, EquationDraft] | None:
    """The loss that the updates descend as an equation, with its place; None if the script has it.

    `before` are the equations that update nothing: the loss is computed from their results.
    """
    loss = meaning.loss
    if loss is None or loss.equation:
        return None
    text = _LOSS_TEXTS[loss.kind]
    values = {equation.name: equation.value for equation in equations}
    terms = (
        _scaled_text(
            text.format(output=_operand(output), target=_operand(target)), scale, output, values.get(output)
        )
        for output, target in zip(loss.outputs, loss.targets)
    )
    source = " + ".join(terms)
    read = {id(each) for each in before if _mentions(source, each.name)}
    place = max((at for at, each in enumerate(equations, 1) if id(each) in read), default=0)
    return place, EquationDraft(name, source, Phase.LOSS, Role(RoleKind.LOSS, by=name), _NOWHERE)


def _mentions(text: str, name: str) -> bool:
    # Most texts do not contain the name at all, and compiling a pattern is slow.
    return name in text and re.search(rf"(?<![\w.]){re.escape(name)}(?![\w:])", text) is not None


def _operand(text: str) -> str:
    """A text in a form that can be an operand."""
    return text if re.fullmatch(r"[\w.:\[\]]+", text) else f"({text})"


def _united(passes: Sequence[ScriptIteration]) -> list[ScriptEquation]:
    """Every equation of the passes once, each after its predecessor in its own pass."""
    found = list(passes[0].equations)
    for iteration in passes[1:]:
        iteration = _aligned(iteration, found)
        places = {equation.name: at for at, equation in enumerate(found)}
        at = 0
        for equation in iteration.equations:
            if equation.name in places:
                at = places[equation.name] + 1
            else:
                found.insert(at, equation)
                places = {each.name: k for k, each in enumerate(found)}
                at += 1
    return found


def _aligned(iteration: ScriptIteration, equations: Sequence[ScriptEquation]) -> ScriptIteration:
    ran = iteration.named
    known = {equation.name for equation in equations}
    free: dict[tuple[str, int], list[str]] = {}
    for equation in equations:
        if equation.name not in ran:
            free.setdefault((equation.file, equation.line), []).append(equation.name)
    names: dict[str, str] = {}
    for equation in iteration.equations:
        places = free.get((equation.file, equation.line))
        if equation.name not in known and places:
            names[equation.name] = places.pop(0)
    return _renamed(iteration, names) if names else iteration


def _in_place_of(first: ScriptEquation, other: ScriptEquation) -> ScriptEquation:
    """An equation of a later pass; if it can't be read there, its reading in the first pass."""
    return replace(other, source=first.source) if other.opaque and not first.opaque else other


def _as_given(equation: ScriptEquation) -> ScriptEquation:
    """An equation whose result counts as given."""
    return replace(equation, source=equation.name, opaque=fill(messages.NOT_OF_THIS_ITERATION))


def _renamed(iteration: ScriptIteration, names: Mapping[str, str]) -> ScriptIteration:
    spelled = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    pattern = re.compile(rf"(?<![\w.])(?:{spelled})(?![\w:])")

    def source(text: str) -> str:
        return pattern.sub(lambda match: names[match[0]], text)

    equations = tuple(
        replace(each, name=names.get(each.name, each.name), source=source(each.source))
        for each in iteration.equations
    )
    initial = {names.get(name, name): value for name, value in iteration.initial.items()}
    carried = tuple(names.get(name, name) for name in iteration.carried)
    return replace(iteration, equations=equations, initial=initial, carried=carried)


def _looking_on_for(loss: str, equations: Sequence[ScriptEquation]) -> frozenset[str]:
    """The loss and the otherwise unread equations that it is computed from."""
    aside = [each for each in equations if each.aside and not each.opaque]
    found = {each.name: each.source for each in aside if each.name == loss}
    for equation in reversed(aside):
        if any(_mentions(source, equation.name) for source in found.values()):
            found[equation.name] = equation.source
    return frozenset(found)


def _constants(passes: Sequence[ScriptIteration], initial: Mapping[str, Any]) -> dict[str, Any]:
    changing = {name for each in passes for name in (*each.feeds, *each.named)}
    return {name: value for name, value in initial.items() if name not in changing}


def _meanings(iteration: ScriptIteration, meaning: Meaning) -> dict[str, EquationMeaning]:
    names = (equation.name for equation in iteration.equations)
    return dict(zip(names, meaning.equations))


def _with_later(
    meanings: Mapping[str, EquationMeaning], equations: Iterable[ScriptEquation]
) -> dict[str, EquationMeaning]:
    """The meanings with those of lines that the first pass did not run: each belongs to the phase of the
    equation before it, unless that is a loss.
    """
    found, phase = dict(meanings), Phase.FORWARD
    for equation in equations:
        known = found.setdefault(equation.name, EquationMeaning(phase))
        phase = Phase.FORWARD if known.phase == Phase.LOSS else known.phase
    return found


def _with_memories(
    meanings: Mapping[str, EquationMeaning], passes: Sequence[ScriptIteration]
) -> dict[str, EquationMeaning]:
    """The meanings with those of an optimiser's memory that the first pass creates and later ones carry on:
    it is updated, and so is what is computed from it."""
    found, first = dict(meanings), passes[0].named
    created = {name for each in passes[1:] for name in each.carried if name in first}
    created -= set(passes[0].carried)
    names = {*first, *passes[0].initial, *passes[0].feeds}
    for name, equation in first.items() if created else ():
        if found[name].phase == Phase.BACKWARD:
            read = reads(tree_of(equation.source, names))
            if name in created or not created.isdisjoint(read):
                found[name] = EquationMeaning(Phase.UPDATE)
    return found


def _initial(passes: Sequence[ScriptIteration]) -> dict[str, Any]:
    """The variables before the first pass, and those that a later pass reads first, with their
    values there.
    """
    found: dict[str, Any] = {}
    for iteration in reversed(passes):
        given = named_values({**iteration.initial, **iteration.feeds})
        found = {**found, **_opaque_values(iteration.equations), **given}
    return found


def _opaque_values(equations: Iterable[ScriptEquation]) -> dict[str, Any]:
    """The results of equations that can't be read, which count as given."""
    return {each.name: as_tensor(each.value) for each in equations if each.opaque}


def named_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Tensors by name, from the values of a script."""
    return {name: as_tensor(value) for name, value in values.items()}
