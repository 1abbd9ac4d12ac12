"""The names of a pass's values as a person reads them in a sentence.

A value that is assigned several times is called `dh:26` in a pass, or `A:15:2` in the second run of line 15.
A sentence calls it `dh` or `A` where that is clear, and `A of line 15, run 2` elsewhere.
"""

from __future__ import annotations

import re

from bpstep.gradcheck.script import messages
from bpstep.gradcheck.script.judged.finding import Finding, ScriptVerdict
from bpstep.gradcheck.script.text.equation_trees import base_name
from bpstep.gradcheck.script.text.text_lines import last_part
from bpstep.script.source import Source
from bpstep.text import fill, one_line

_NAME = re.compile(r"(?<![\w.])[A-Za-z_][\w.]*(?:\[-?\d+\])*(?:\.\w+|\[-?\d+\])*(?::\d+)+")
"""A name with the line, and maybe the run, that distinguish its values."""


class PlainNames:
    """Writes sentences about a verdict without the numbers in the names of values."""

    def __init__(self, verdict: ScriptVerdict, source: Source) -> None:
        self._source = source
        self._equations = {each.name: each for each in verdict.equations}
        texts = (text for each in verdict.equations for text in (each.name, each.source))
        self._known = {found[0] for text in texts for found in _NAME.finditer(text)}
        self._last = set({base_name(name): name for name in self._equations}.values())

    def told(self, text: str) -> str:
        """A text about the whole pass: the last value of a name in it is called by the name alone."""

        def plain(found: re.Match[str]) -> str:
            name = found[0]
            if name not in self._known:
                return name
            return base_name(name) if name in self._last else self._with_line(name)

        return _NAME.sub(plain, text)

    def of_finding(self, sentence: str, finding: Finding) -> str:
        """A sentence about one line: a name that the line itself has, or its right form, is clear there."""
        names = {found[0] for found in _NAME.finditer(sentence)} & self._known
        words = set(re.findall(r"\w+", f"{finding.statement(self._source)} {finding.right}"))
        # A caller's variable may have the same name.
        others = set(re.findall(r"[\w.]+", _NAME.sub("", sentence))) - words
        bases = [*map(base_name, names), *others]
        alone = {name for name in names if bases.count(base_name(name)) == 1}
        told = _NAME.sub(lambda found: self._alone(found[0], alone), sentence)
        unclear = sorted(name for name in alone if last_part(base_name(name)) not in words)
        if not unclear:
            return told
        return fill(messages.WITH_NAMES, sentence=told, names=", ".join(map(self._with_line, unclear)))

    def _alone(self, name: str, alone: set[str]) -> str:
        if name not in self._known:
            return name
        return base_name(name) if name in alone else self._with_line(name)

    def _with_line(self, name: str) -> str:
        base, *numbers = name.split(":")
        equation = self._equations.get(name)
        file = "" if equation is None else self._source.path_in_folder(equation.file)
        is_imported = file not in ("", self._source.path.name)
        # A name of a notebook has the cell before the line.
        cell = numbers.pop(0) if self._source.cells and not is_imported else ""
        line, *run = numbers
        slots = {"name": base, "line": line, "run": run[0] if run else ""}
        if is_imported:
            template = messages.RUN_IN_FILE if run else messages.LINE_IN_FILE
            return fill(template, file=one_line(file), **slots)
        if cell:
            return fill(messages.RUN_IN_CELL if run else messages.LINE_IN_CELL, cell=cell, **slots)
        return fill(messages.RUN_OF_LINE if run else messages.OF_LINE, **slots)
