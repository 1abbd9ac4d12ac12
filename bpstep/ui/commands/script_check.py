"""The check of a script: its lines are judged in portions, then listed; the person can go to each
and fix it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bpstep.gradcheck.paused_run import run_in_portions
from bpstep.gradcheck.script.judge import judge_pass_or_say_why
from bpstep.gradcheck.script.judged.finding import Finding, ScriptVerdict
from bpstep.program.lines import nearest_step, steps_of_line
from bpstep.render.lists.list import KeyLabels, ListLine
from bpstep.render.lists.script_check import script_verdict_lines
from bpstep.script.source import Source
from bpstep.session.script import pass_and_source, script_of
from bpstep.text import fill
from bpstep.ui import messages
from bpstep.ui.commands.gradcheck import PORTION_SECONDS, GradcheckList, list_width, run_check
from bpstep.ui.commands.prompts import statement_prompt
from bpstep.ui.controller import Controller


class VerdictList(GradcheckList):
    """What is wrong with the lines of a script: Enter goes to a line, E proposes the right one."""

    keys: KeyLabels = (
        ("Enter", messages.KEY_GO_THERE),
        ("E", messages.KEY_MEND),
        ("Escape", messages.KEY_CLOSE),
    )

    def __init__(self, verdict: ScriptVerdict, source: Source, iteration: int) -> None:
        super().__init__()
        self.verdict, self.source, self.iteration = verdict, source, iteration
        if not any(finding.line for finding in verdict.findings):
            self.keys = self.keys[-1:]  # there is nowhere to go

    @property
    def title(self) -> str:
        """The iteration that was checked."""
        return fill(messages.SCRIPT_CHECK_TITLE, file=self.source.path.name, iteration=self.iteration)

    def lines(self, controller: Controller) -> list[ListLine]:
        """The verdict, the findings, the parameters."""
        return [*script_verdict_lines(self.verdict, self.source, controller.theme, list_width(controller))]

    def handle_enter(self, controller: Controller, value: object) -> str | None:
        """Go to the line."""
        if isinstance(value, Finding):
            self._go_to(controller, value)
        return None

    def handle_list_key(self, controller: Controller, key: str, value: object) -> None:
        """E edits the line, with the right one as the initial text."""
        if key == "E" and isinstance(value, Finding):
            self._go_to(controller, value)
            if controller.job is None and controller.panel is None:
                if self._has_equation(controller, value):
                    controller.run_action("edit_equation")
                else:
                    self._edit_line(controller, value)

    def _go_to(self, controller: Controller, finding: Finding) -> None:
        """Close the list, and show the moment just after the line, with its worst cell."""
        name = "" if finding.equation is None else finding.equation.copy_of or finding.equation.name
        program = controller.frame.program
        if name not in program.step_indices:
            name = program.steps[nearest_step(_place_of(finding, self.source), program)].name
        controller.panel = None
        if finding.worst is not None and finding.equation is not None and finding.equation.name == name:
            controller.view = replace(controller.view.select(name, finding.worst.index), focus="tensors")
        hint = messages.SCRIPT_CHECK_EDIT_HINT if finding.right else messages.GRADCHECK_EDIT_HINT
        place = program.steps[program.step_indices[name]].origin
        message = fill(hint, name=place.place if place is not None else name)
        if not self._has_equation(controller, finding):
            message = fill(messages.SCRIPT_CHECK_NO_EQUATION_HINT, place=_place_of(finding, self.source))
        controller.move(controller.frame.start + program.step_indices[name] + 1, message)

    def _has_equation(self, controller: Controller, finding: Finding) -> bool:
        """False for a line that only gives a tensor another name, or calls a function."""
        place, program = _place_of(finding, self.source), controller.frame.program
        origins = (program.steps[at].origin for at in steps_of_line(place, program))
        return any(origin is not None and origin.place == place for origin in origins)

    def _edit_line(self, controller: Controller, finding: Finding) -> None:
        place, file = _place_of(finding, self.source), finding.imported_file(self.source)
        statement = controller.session.current_run.origin.statement_of_line(finding.line, place, file)
        controller.open_prompt(statement_prompt(controller, statement, place))


def _place_of(finding: Finding, source: Source) -> str:
    path, line = finding.statement_place(source)
    return f"{path.removeprefix(str(source.path.parent) + '/')}:{line}"


def start_script_check(controller: Controller) -> None:
    """Judge the lines of the iteration shown, then list what is wrong."""
    session, index = controller.session, controller.frame.iteration
    iteration, source = pass_and_source(session.current_run.origin, session.timeline.iteration(index))

    def show(verdict: ScriptVerdict) -> None:
        controller.panel = VerdictList(verdict, source, index)
        controller.view = replace(controller.view, wrong=wrong_lines(verdict, source))

    text = session.network.script
    loss = "" if text is None else text.loss
    script = script_of(session.current_run.origin)

    def judged(pause: Callable[[float], None]) -> ScriptVerdict:
        return judge_pass_or_say_why(iteration, source, pause, loss, script)

    steps = run_in_portions(judged, PORTION_SECONDS)
    run_check(controller, steps, fill(messages.CHECKING_LINES), show)


def wrong_lines(verdict: ScriptVerdict, source: Source) -> tuple[tuple[tuple[str, int], str], ...]:
    """The wrong lines with their imported files, each with its whole statement as that should read; empty if
    that is unknown."""
    return tuple(
        sorted(
            {
                (each.imported_file(source), each.part_line or each.line): each.right
                for each in verdict.wrong
            }.items()
        )
    )
