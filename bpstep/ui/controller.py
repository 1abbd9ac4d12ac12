"""What the keys do: a session, a view of it, and the question that is open. Knows nothing of Textual."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

from bpstep import defaults
from bpstep.actions import BY_ID, keymap
from bpstep.errors import BpstepError
from bpstep.program.diagram import Edge, Node
from bpstep.render import cursor
from bpstep.render.canvas import Canvas, Region
from bpstep.render.layout import fits
from bpstep.render.message import draw_message, draw_progress_screen
from bpstep.render.screen import arrange_panes, draw_screen
from bpstep.render.theme import Theme
from bpstep.render.view_state import View
from bpstep.session.events import DropEdits, Event
from bpstep.session.frame import Frame
from bpstep.session.session import Session
from bpstep.session.watch_values import WatchReader
from bpstep.storage.recorder import Recorder
from bpstep.ui.jobs import IteratorJob, Job
from bpstep.ui.playback import Playback
from bpstep.ui.predictions import PredictMode
from bpstep.ui.prompt import PromptHost, draw_prompt
from bpstep.ui.puzzle_state import PuzzleState

if TYPE_CHECKING:
    from bpstep.classroom.room import Room

_MAX_BLOCKING_SECONDS = 0.1
"""Seconds that a jump may take at once; a longer one goes in portions, and the screen stays alive."""

_ALLOWED_DURING_JOB = ("help", "palette")
"""What can be opened on a long way, too."""


class Panel(Protocol):
    """Draws itself and takes the keys. A question that a panel asks lies over it and goes first."""

    @property
    def takes_counts(self) -> bool:
        """True where digits are counts for the action that a key calls, as they are without a panel."""

    @property
    def is_private(self) -> bool:
        """True where a class that is held here does not see the panel."""

    def draw(self, controller: Controller) -> Canvas:
        """The whole screen, of the desk's size."""

    def handle_key(self, controller: Controller, key: str, name: str) -> str | None:
        """What a key does; `name` is the action that it calls elsewhere, empty where it calls none.

        None: the panel stays; empty: it closes; an action's id: it closes and the action is done.
        """

    def handle_click(self, controller: Controller, target: object) -> str | None:
        """What a click means, in the same way."""

    def scroll(self, controller: Controller, by: int) -> None:
        """The mouse's wheel."""

    def paste(self, text: str) -> None:
        """Take a line of text from the clipboard, where something is typed."""


class FollowedClass(Protocol):
    """What a controller needs to know of the class that is followed on its screen."""

    @property
    def status_text(self) -> str:
        """The flag of the first line: whether the pupil follows, and where the teacher is."""

    @property
    def priority_actions(self) -> tuple[str, ...]:
        """The actions that the last line names first."""

    def return_to_teacher(self) -> None:
        """Show the teacher's state again."""


Command = Callable[["Controller", int], None]
"""What an action does, with the count that was typed before it."""

StatusFlags = Callable[["Controller", tuple[str, ...]], tuple[str, ...]]
"""The flags of the first line; given are those of the open panel."""


class Controller(PromptHost):
    """One person's work with a session."""

    def __init__(
        self,
        session: Session,
        theme: Theme,
        commands: Mapping[str, Command],
        status_flags: StatusFlags,
        keys: dict[str, tuple[str, ...]] | None = None,
    ) -> None:
        super().__init__()
        self._commands, self._status_flags = commands, status_flags
        self.session = session
        self.theme = theme
        self.view = View(keys=dict(keys or {}))
        self.keymap = keymap(self.view.keys)
        self.size = defaults.SIZE
        self.panel: Panel | None = None
        """What is shown in place of the panes."""
        self.job: Job | None = None
        """A long way being gone; the screen calls `go_on` until it is None again."""
        self.recorder: Recorder | None = None
        """Keeps the session in its file, if it is to be kept."""
        self.puzzle_state = PuzzleState(session)
        self.predict_mode = PredictMode()
        self.lesson_status = ""
        """What the desk is part of, for the first line: a lesson, and how far it is."""
        self.is_read_only = False
        """True where somebody else's lesson presses the keys: nothing is written or copied then."""
        self.room: Room | None = None
        """The class that is held here."""
        self.student: FollowedClass | None = None
        """The class that is followed here."""
        self.clipboard_text: str | None = None
        self.search_results: list[str] = []
        """The tensors that the last search found."""
        self.playback = Playback()
        self.readings = WatchReader(session)
        self.playback_clock: Callable[[], float] = time.monotonic
        """Seconds, for what goes by itself."""
        self.job_clock: Callable[[], float] = time.monotonic
        """Seconds, for how long a way takes still."""

    @property
    def frame(self) -> Frame:
        """The moment that is shown."""
        frame = self.session.frame
        return replace(frame, solved=self.puzzle_state.solved) if frame.network.puzzle else frame

    def draw(self) -> Canvas:
        """The screen now. While what follows from a change is computed anew, there are no numbers to show."""
        if not self.session.is_current and self.job is not None:
            return draw_progress_screen(self.job.label, self.job.fraction, self.theme, *self.size)
        shown = self.panel is not None and fits(*self.size)
        canvas = self.panel.draw(self) if self.panel is not None and shown else self.draw_panes()
        if self.prompt is not None:
            draw_prompt(canvas, self.theme, self.prompt, self.editor, self.input_error)
        elif self.view.message:
            draw_message(
                canvas, self.view.message, f"{'alert' if self.view.alert else 'bright'} on bar", self.theme
            )
        if self.theme.ascii:
            canvas.replace_non_ascii(self.theme.to_displayable)
        return canvas

    def draw_panes(self) -> Canvas:
        """The panes, with nothing in their place."""
        return draw_screen(self.frame, self.current_view, self.theme, *self.size)

    @property
    def current_view(self) -> View:
        """The view, with what is going on and what is watched at this moment."""
        keys = self.student.priority_actions if self.student is not None else ()
        return replace(self.view, modes=self.status_flags(), first_keys=keys, watches=self.readings.read())

    def status_flags(self, panel: tuple[str, ...] = ()) -> tuple[str, ...]:
        """The flags of the first line, with those of the open panel."""
        return self._status_flags(self, panel)

    def for_session(self, session: Session) -> Controller:
        """A controller of another session, with the same commands, theme and keys."""
        return Controller(session, self.theme, self._commands, self._status_flags, self.view.keys)

    def close_panel(self, chosen: str | None) -> str:
        """Close the panel unless it stays, which None says; gives the action that was chosen, if any."""
        if chosen is not None:
            self.panel = None
        return chosen or ""

    def run_action(self, name: str, count: int = 1) -> None:
        """Do an action of the table, `count` times where it can be repeated."""
        self.view = replace(self.view, message="", alert=False, count="")
        if self.job is not None and name not in _ALLOWED_DURING_JOB:
            self._cancel_or_wait(self.job, name == "close")
            return
        self.playback.stop_before(name)
        try:
            self._commands[name](self, count)
        except BpstepError as error:
            self.show_message(str(error), alert=True)

    def _cancel_or_wait(self, job: Job, cancel: bool) -> None:
        """On a long way, Escape leaves it; what another key gets to hear must stay to be read."""
        if cancel:
            self.job = None
            job.cancel()
        else:
            job.note_waiting_key()
            self.show_message(job.progress_message())

    def show_message(self, message: str, alert: bool = False) -> None:
        """Put a sentence into the last line."""
        self.view = replace(self.view, message=message, alert=alert)

    def append_count_digit(self, digit: str) -> None:
        """A digit of a count."""
        if self.job is None and (self.view.count or digit != "0"):
            self.view = replace(self.view, count=(self.view.count + digit)[:9], message="", alert=False)

    def repeat_count(self, name: str) -> int:
        """How often an action is to be done: as often as was typed before it, where it can be repeated."""
        return int(self.view.count or 1) if BY_ID[name].repeats else 1

    def move(self, n: int, message: str = "", k: int = 0) -> None:
        """Go to n, and with k inside the equation after it; a long way is gone in portions.

        `after` is said on arrival.
        """
        label = f"going to n = {n:,}" if self.session.is_current else f"computing n = {n:,} anew"
        previous = (self.session.n, self.session.k)
        self.run_in_portions(self.session.seek(n, k), label, partial(self._finish_move, previous, message))

    def run_in_portions(self, steps: Iterator[float], label: str, on_done: Callable[[], None]) -> None:
        """Do what yields the part done, at once or in portions, and then `then`; `words` say what it is."""
        self.start_job(IteratorJob(self.job_clock, steps, label, on_done, self._stop_moving))

    def _stop_moving(self) -> None:
        """Stay. Where the present state was being computed anew, stop as far as that has come."""
        if self.session.is_current:
            self.show_message("stopped: nothing has moved")
        else:
            n = self.session.go_to_known()
            self.show_message(f"stopped at n = {n:,}, as far as it is computed anew")

    def start_job(self, job: Job) -> None:
        """Begin a long way, and go it as far as a blink allows."""
        self.job = job
        until = time.monotonic() + _MAX_BLOCKING_SECONDS
        while self.job is not None and time.monotonic() < until:
            self.advance_job()

    def advance_job(self) -> None:
        """Go a portion of a long way."""
        job = self.job
        assert job is not None
        if job.advance():
            self.show_message(job.progress_message())
        else:
            self.job = None
            job.finish()

    def _finish_move(self, previous: tuple[int, int], message: str) -> None:
        if (self.session.n, self.session.k) != previous:
            self.view = self.view.after_move()
        self.show_message(self.predict_mode.add_skipped_note(message, self.session.n - previous[0]))

    def change(self, event: Event, message: str) -> None:
        """Make, undo or redo a change, and compute anew what follows from it."""
        before = self.session.program_at_cursor
        self.session.record(event)
        self.move(self.session.n, self.puzzle_state.add_verdict(message, before), self.session.k)

    def drop_all_edits(self) -> None:
        """Drop all edits and start over."""
        self.session.record(DropEdits())
        self.move(0, "all edits dropped; U brings them back")

    def pane_region(self, pane: str) -> Region:
        """The cells that a pane has now; a line where it is not shown."""
        regions = arrange_panes(self.frame, self.current_view, self.theme, *self.size).panes
        return regions.get(pane, Region(0, 0, self.size[0], 1))

    def focus_pane(self, pane: str) -> None:
        """Focus a pane."""
        self.view = replace(self.view, focus=pane)

    def set_search_results(self, names: list[str]) -> None:
        """Take over what a search found, and select the first."""
        self.search_results = names
        self.select_search_result(0)

    def select_search_result(self, at: int) -> None:
        """Select a tensor that the search found."""
        name = self.search_results[at]
        self.view = replace(self.view.select(name, ()), focus="tensors")
        self.show_message(f"{name}: {at + 1} of {len(self.search_results)} that fit")

    def click(self, target: object) -> str:
        """Do what a click means; gives an action's id where it means one."""
        if self.job is not None:
            return ""
        match target:
            case ("cell", str(name), tuple(index)):
                self.view = replace(self.view.select(name, index), focus="tensors")
            case ("place", Node() | Edge() as place):
                self.view = replace(cursor.select_place(self.frame, self.view, place), focus="network")
            case ("step", int(done)):
                self.move(self.frame.start + done)
            case ("listing", str(name)) if (self.view.focus, self.view.line) == ("listing", name):
                self.move(self.frame.start + self.frame.program.step_indices[name] + 1)
            case ("listing", str(name)):
                self.view = replace(self.view, focus="listing", line=name)
            case ("breakpoint", str(name)):
                self.view = replace(self.view, focus="listing", line=name)
                return "breakpoint"
            case ("pane", str(pane)):
                self.focus_pane(pane)
            case ("action", str(name)):
                return name
        return ""
