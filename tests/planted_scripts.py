"""Mistakes planted in scripts, in tests/planted: what is wrong with a script is known from how it was made.

A file is a script that is right, the names of its parameters, and mistakes: a kind, the lines that are taken
out of the script, and those that stand in their place.

What the check says beside that is kept in tests/goldens/verdicts.txt: `python -m tests.planted_scripts`
writes it again, with names behind it only that of these scripts. Read the changes before you accept them: is
it true of the script?
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kept_passes import purpose, summary

from bpstep.gradcheck.script.finding import ScriptVerdict
from bpstep.gradcheck.script.judge import judge_pass
from bpstep.script.opening import open_script

HERE = Path(__file__).parent
KEPT = HERE / "goldens" / "verdicts.txt"
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


def verdict_on(text: str, folder: Path) -> ScriptVerdict:
    """What the check says of a script."""
    path = folder / "homework.py"
    path.write_text(text)
    script = open_script(path)
    return judge_pass(script.iteration(0), script.whole_source)


def meaning_told(verdict: ScriptVerdict) -> Iterator[str]:
    """The purpose of each line of a pass where it runs first, and what the pass as a whole is."""
    lines = set()
    for one, meaning in zip(verdict.equations, verdict.meaning.equations):
        if one.line not in lines:
            lines.add(one.line)
            yield f"{one.line}: {one.name} {purpose(meaning)}"
    yield from summary(verdict.meaning)


def findings_told(verdict: ScriptVerdict) -> Iterator[str]:
    """The findings in their order, and the parameters that do not agree."""
    for each in verdict.findings:
        yield f"{each.kind.value} {each.line}: {each.sentence}"
        if each.right:
            yield f"    {each.right}"
    for how, names in (
        ("differ", verdict.wrong_parameters),
        ("too small", verdict.flat_parameters),
        ("not compared", verdict.unchecked_parameters),
    ):
        if names:
            yield f"    {how}: {', '.join(names)}"


@cache
def kept() -> dict[str, list[str]]:
    """What is kept of each script: an entry for the right one, and one for each mistake."""
    parts = KEPT.read_text().removeprefix("# ").rstrip("\n").split("\n\n# ")
    return {name: rest.split("\n\n") for name, rest in (part.split("\n", 1) for part in parts)}


def _told(name: str, folder: Path) -> str:
    script = planted_script(name)
    right = verdict_on(script.right, folder)
    parts = ["\n".join([*meaning_told(right), *findings_told(right)])]
    parts += ["\n".join(findings_told(verdict_on(each.text, folder))) for each in script.mistakes]
    return "\n\n".join(parts)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        told = {name: _told(name, Path(made)) for name in sys.argv[1:] or NAMES}
    told = {name: "\n\n".join(parts) for name, parts in kept().items() if name in NAMES} | told
    KEPT.write_text("\n\n".join(f"# {name}\n{told[name]}" for name in sorted(told)) + "\n")
