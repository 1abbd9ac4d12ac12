"""The passes of scripts kept in tests/goldens/passes.txt: `python -m tests.kept_passes` writes them again.

Under each script's name stand the equations of its second pass: a line each, with the line of the script, the
calls that are open, the phase and, for a gradient, what it is the gradient by and its constant. Then follow
the parameters, what else is carried on, the loss, the optimiser and the layers. Read the changes before you
accept them: is it what the script does?
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bpstep.script.equations.equations import ScriptEquation
from bpstep.script.meaning.meaning import EquationMeaning, Meaning, meaning_or_none
from bpstep.script.opening import open_script

PATH = Path(__file__).parent / "goldens" / "passes.txt"
SCRIPTS = Path(__file__).parent / "scripts"


def purpose(meaning: EquationMeaning) -> str:
    """The phase; for a gradient also what it is the gradient by, and its constant."""
    if not meaning.by:
        return meaning.phase.value
    turned = ", transposed" * meaning.turned
    return f"{meaning.phase.value} by {meaning.by} times {meaning.constant:.6g}{turned}"


def _equation(one: ScriptEquation, meaning: EquationMeaning) -> str:
    calls = [f"in {call.name} called at {call.line}" for call in one.call]
    marks = ["aside"] * one.aside + ["unnamed"] * one.unnamed + [one.opaque] * bool(one.opaque)
    also = [f"passed on by line {other.line}" for other in one.other_names]
    return "; ".join([f"{one.line}: {one.name} = {one.source}", *calls, *marks, purpose(meaning), *also])


def summary(found: Meaning) -> Iterator[str]:
    """What is found out about a pass as a whole."""
    yield f"parameters: {', '.join(found.parameters)}; carried: {', '.join(found.remembered)}"
    yield f"data: {', '.join(found.data)}"
    if found.loss is not None:
        loss = found.loss
        outputs, targets = ", ".join(loss.outputs), ", ".join(loss.targets)
        own = f"{loss.equation} times {loss.constant:.6g}"
        yield f"loss: {loss.kind} of {outputs} and {targets}; {own}; {found.optimizer}"
    yield "gradients: " + ", ".join(f"{name} {line}" for name, line in found.gradients.items())
    for layer in found.layers:
        yield f"layer: {layer}"


def pass_now(name: str) -> list[str]:
    """The lines of a script's second pass."""
    iteration = open_script(SCRIPTS / f"{name}.py").iteration(1)
    found = meaning_or_none(iteration)
    equations = [_equation(*pair) for pair in zip(iteration.equations, found.equations)]
    return [*equations, *summary(found)]


def kept() -> list[tuple[str, list[str]]]:
    """The name of each script with its lines."""
    parts = PATH.read_text().removeprefix("# ").rstrip().split("\n\n# ")
    return [(name, lines) for name, *lines in (part.split("\n") for part in parts)]


if __name__ == "__main__":
    PATH.write_text("\n\n".join(f"# {name}\n" + "\n".join(pass_now(name)) for name, _ in kept()) + "\n")
