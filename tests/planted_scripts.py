"""Mistakes planted in scripts, in tests/planted: what is wrong with a script is known from how it was made.

A file is a script that is right, the names of its parameters, and mistakes: a kind, the lines that are taken
out of the script, and those that stand in their place.

What the check says beside that is kept in tests/goldens/verdicts.txt: `python -m tests.planted_scripts`
writes it again, with names behind it only that of these scripts. Read the changes before you accept them: is
it true of the script?
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kept_passes import purpose, summary

from bpstep.gradcheck.script.judge import judge_pass
from bpstep.gradcheck.script.judged.finding import ScriptVerdict
from bpstep.gradcheck.script.plain_names import PlainNames
from bpstep.gradcheck.script.report import finding_sentences, parameter_rows, script_verdict_sentences
from bpstep.script.equations.equations import ScriptIteration
from bpstep.script.opening import open_script
from bpstep.script.program import ScriptProgram
from bpstep.script.source import Source

HERE = Path(__file__).parent
KEPT = HERE / "goldens" / "verdicts.txt"
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e[-+]?\d+)?")

NAMES = sorted(path.stem for path in (HERE / "planted").glob("*.txt"))


@dataclass(frozen=True)
class Planted:
    """A script with one mistake."""

    kind: str
    text: str
    lines: frozenset[int]
    """The lines that were changed, by their numbers in this text."""


@dataclass(frozen=True)
class PlantedScript:
    """A right script, its parameters, and what was planted in it."""

    right: str
    parameters: tuple[str, ...]
    mistakes: tuple[Planted, ...]


def planted_script(name: str) -> PlantedScript:
    """The script of a file of this name."""
    right, parameters, *blocks = (HERE / "planted" / f"{name}.txt").read_text().split("\n--- ")
    right += "\n"
    mistakes = []
    for block in blocks:
        kind, *changes = block.rstrip("\n").split("\n")
        out = [line[2:] for line in changes if line[0] == "-"]
        put = [line[2:] for line in changes if line[0] == "+"]
        old, new = ("".join(f"\n{line}" for line in lines) for lines in (out, put))
        assert f"\n{right}".count(f"{old}\n") == 1, block
        before, after = f"\n{right}".split(f"{old}\n")
        first = before.count("\n") + 1
        places = [at for at in range(max(len(out), len(put))) if out[at : at + 1] != put[at : at + 1]]
        text = f"{before}{new}\n{after}".removeprefix("\n")
        mistakes.append(Planted(kind, text, frozenset(first + at for at in places)))
    return PlantedScript(right, tuple(parameters.split()[1:]), tuple(mistakes))


@dataclass(frozen=True)
class Checked:
    """What the check finds in a script."""

    source: Source
    iteration: ScriptIteration
    verdict: ScriptVerdict

    def right_told(self) -> Iterator[str]:
        """What is said of a whole pass: the loss, the parameters, the purpose of each line where it runs
        first, and the diagram of its units.
        """
        verdict = self.verdict
        yield from script_verdict_sentences(verdict)
        for row in parameter_rows(verdict):
            yield ", ".join(row)
        lines = set()
        for one, meaning in zip(verdict.equations, verdict.meaning.equations):
            if one.line not in lines:
                lines.add(one.line)
                yield f"{one.line}: {one.name} {purpose(meaning)}"
        yield from summary(verdict.meaning)
        yield from self._diagram_told()
        yield from self.findings_told()

    def _diagram_told(self) -> Iterator[str]:
        diagram = ScriptProgram(self.source, [self.iteration], self.verdict.meaning).program.diagram
        if diagram is None:
            return
        yield f"drawn: {diagram.sizes}, {diagram.loss}, {diagram.label}, {diagram.tail}, {diagram.target}"
        for layer in diagram.layers:
            yield f"    {layer.output} of {layer.weights} from {layer.net}: {', '.join(layer.labels)}"
        alike: dict[str, list[str]] = {}
        for name, layout in diagram.layouts.items():
            row, flags = layout.source_row, ("transposed", "samples_last", "only_unit")
            marks = [flag for flag in flags if getattr(layout, flag)] + [f"row {row}"] * (row is not None)
            alike.setdefault(" ".join([layout.kind, str(layout.layer), *marks]), []).append(name)
        for layout_told, names in alike.items():
            yield f"    {layout_told}: {', '.join(names)}"

    def findings_told(self) -> Iterator[str]:
        """The findings in their order, and the parameters that do not agree.

        Of two cells with the same difference another processor may name the other one: the numbers of the
        comparison are left out.
        """
        names = PlainNames(self.verdict, self.source)
        for each in self.verdict.findings:
            place, comparison, *more = finding_sentences(self.source, each, names)
            sentence = names.of_finding(each.sentence, each) or "none"
            yield f"{each.kind.value} {place.removeprefix(str(self.source.path))}"
            yield f"    {_NUMBER.sub('#', comparison.replace(sentence, '...'))}"
            yield f"    {sentence}"
            yield from (f"    {line}" for line in more)
        for how, names in (
            ("differ", self.verdict.wrong_parameters),
            ("too small", self.verdict.flat_parameters),
            ("not compared", self.verdict.unchecked_parameters),
        ):
            if names:
                yield f"    {how}: {', '.join(names)}"


def checked(text: str, folder: Path) -> Checked:
    """What the check finds in this script."""
    path = folder / "homework.py"
    path.write_text(text)
    script = open_script(path)
    iteration = script.iteration(0)
    return Checked(script.whole_source, iteration, judge_pass(iteration, script.whole_source))


@cache
def kept() -> dict[str, list[str]]:
    """What is kept of each script: an entry for the right one, and one for each mistake."""
    parts = KEPT.read_text().removeprefix("# ").rstrip("\n").split("\n\n# ")
    return {name: rest.split("\n\n") for name, rest in (part.split("\n", 1) for part in parts)}


def _told(name: str, folder: Path) -> str:
    script = planted_script(name)
    parts = ["\n".join(checked(script.right, folder).right_told())]
    parts += ["\n".join(checked(each.text, folder).findings_told()) for each in script.mistakes]
    return "\n\n".join(parts)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        told = {name: _told(name, Path(made)) for name in sys.argv[1:] or NAMES}
    told = {name: "\n\n".join(parts) for name, parts in kept().items() if name in NAMES} | told
    KEPT.write_text("\n\n".join(f"# {name}\n{told[name]}" for name in sorted(told)) + "\n")
