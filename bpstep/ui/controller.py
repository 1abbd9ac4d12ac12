"""The controller: a session, a view of it, the open prompt and panel. Knows nothing of Textual."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

from bpstep import defaults
from bpstep.actions import BY_ID, first_key, key_name, keymap
from bpstep.deferred import deferred
from bpstep.errors import BpstepError
from bpstep.program.diagram import Edge, Node
from bpstep.render.canvas import Canvas, Region
from bpstep.render.layout import fits
from bpstep.render.screen import arrange_panes, draw_screen
from bpstep.render.status_message import draw_message, draw_progress_screen
from bpstep.render.theme import Theme
from bpstep.render.view_state import View
from bpstep.session.events import DropEdits, Event
from bpstep.session.frame import Frame
from bpstep.session.session import Session
from bpstep.session.watch_values import WatchReader
from bpstep.storage.recorder import Recorder
from bpstep.text import fill
from bpstep.ui import messages
from bpstep.ui.jobs import IteratorJob, Job
from bpstep.ui.playback import Playback
from bpstep.ui.predictions import PredictMode
from bpstep.ui.prompt import PromptHost, draw_prompt
from bpstep.ui.puzzle_state import PuzzleState

if TYPE_CHECKING:
    from bpstep.classroom.room import Room
    from bpstep.render import cursor
    from bpstep.render.rails import cursor as rails_cursor
    from bpstep.session import compare
else:
    cursor = deferred("bpstep.render.cursor")
    rails_cursor = deferred("bpstep.render.rails.cursor")
    compare = deferred("bpstep.session.compare")

_MAX_BLOCKING_SECONDS = 0.1
"""Seconds that a job may block the screen; a longer one continues in portions."""

_blocking_clock: Callable[[], float] = time.monotonic
"""The clock for these seconds."""

_ALLOWED_DURING_JOB = ("help", "palette")
"""The actions that also run during a job."""

_CANCEL_KEYS = ("escape", "ctrl+c")
"""The keys that stop a job."""

_MAX_WAITING_KEYS = 100
"""How many keys are kept while a job runs; more are dropped."""

_MIN_HEIGHT_FOR_HINT = 5
"""The height from which a screen that is too small shows a hint."""

_INSIDE_ACTIONS = ("into_back", "finish")
"""The actions that the last line names first inside an equation."""


class Panel(Protocol):
    """Replaces the panes and handles the keys, after a prompt that it may open over itself."""

    @property
    def takes_counts(self) -> bool:
        """True if digits are counts for the next action, as they are without a panel."""

    @property
    def is_private(self) -> bool:
        """True if pupils of a class taught here do not see the panel."""

    def draw(self, controller: Controller) -> Canvas:
        """The whole screen, of the controller's size."""

    def handle_key(self, controller: Controller, key: str, name: str) -> str | None:
        """Handle a key; `name` is the action that it calls without a panel, empty if none.

        Returns None if the panel stays, an empty text if it closes, or the id of an action to run after it
        has closed.
        """

    def handle_click(self, controller: Controller, target: object) -> str | None:
        """Handle a click; the result is that of `handle_key`."""

    def scroll(self, controller: Controller, by: int) -> None:
        """Handle the mouse wheel: down if `by` is positive."""

    def paste(self, text: str) -> None:
        """Insert a line of text from the clipboard, if the panel has an input."""


class FollowedClass(Protocol):
    """What a controller needs of the class that its pupil is in."""

    @property
    def status_text(self) -> str:
        """The flag of the first line: whether the pupil follows, and where the teacher is."""

    @property
    def priority_actions(self) -> tuple[str, ...]:
        """The actions that the last line names first."""

    def return_to_teacher(self) -> None:
        """Show the teacher's state again."""


Command = Callable[["Controller", int], None]
"""The function of an action; it gets the count typed before the key."""

StatusFlags = Callable[["Controller", tuple[str, ...]], tuple[str, ...]]
"""Returns the flags of the first line, from the controller and the flags of the open panel."""


class Controller(PromptHost):
    """One person's work with a session: keys and clicks in, a canvas out."""

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
        """What replaces the panes."""
        self.job: Job | None = None
        """The long computation that runs; the front end calls `advance_job` until it is None again."""
        self.waiting_keys: list[str] = []
        """Keys pressed while a job ran; the front end handles them when it has ended."""
        self.position_history: list[str] = []
        """Positions typed so far, the latest last."""
        self.expression_history: list[str] = []
        """Expressions evaluated so far, the latest last."""
        self.recorder: Recorder | None = None
        """Writes the session to its file; None if it is not recorded."""
        self.puzzle_state = PuzzleState(session)
        self.predict_mode = PredictMode()
        self.lesson_status = ""
        """The flag of a lesson: its progress. Empty outside lessons."""
        self.is_read_only = False
        """True while a lesson presses the keys: nothing may be written or copied then."""
        self.room: Room | None = None
        """The class that is taught here."""
        self.pupil: FollowedClass | None = None
        """The class that this pupil is in."""
        self.clipboard_text: str | None = None
        self.search_results: list[str] = []
        """The tensors that the last search found."""
        self.playback = Playback()
        self.readings = WatchReader(session)
        self.playback_clock: Callable[[], float] = time.monotonic
        """The time in seconds, for playback."""
        self.job_clock: Callable[[], float] = time.monotonic
        """The time in seconds, for the progress of jobs."""

    @property
    def frame(self) -> Frame:
        """The moment that is shown."""
        frame = self.session.frame
        return replace(frame, solved=self.puzzle_state.solved) if frame.network.puzzle else frame

    def draw(self) -> Canvas:
        """The current screen. While the state after a change is computed there are no numbers to show."""
        if not self.session.is_current and self.job is not None:
            return draw_progress_screen(self.job.label, self.job.fraction, self.theme, *self.size)
        if not fits(*self.size):
            return self._draw_too_small()
        canvas = self.panel.draw(self) if self.panel is not None else self.draw_panes()
        if self.prompt is not None:
            draw_prompt(canvas, self.theme, self.prompt, self.editor, self.input_error, self.completions)
        elif self.view.message:
            draw_message(
                canvas, self.view.message, f"{'alert' if self.view.alert else 'bright'} on bar", self.theme
            )
        if self.theme.ascii:
            canvas.replace_non_ascii(self.theme.to_displayable)
        return canvas

    def _draw_too_small(self) -> Canvas:
        """The required size, and the only key that acts at this one."""
        canvas = self.draw_panes()
        quit_key = key_name(first_key(BY_ID["quit"], self.view.keys))
        hint = fill(messages.TOO_SMALL_HINT, key=quit_key)
        if not self.is_read_only and canvas.height > _MIN_HEIGHT_FOR_HINT:
            canvas.put(max((canvas.width - len(hint)) // 2, 0), canvas.height - 1, hint, "quiet")
        return canvas

    def draw_panes(self) -> Canvas:
        """The panes, without a panel."""
        return draw_screen(self.frame, self.current_view, self.theme, *self.size)

    @property
    def current_view(self) -> View:
        """The view with the flags of the first line, the first keys of the last line, and the watches."""
        keys = self.pupil.priority_actions if self.pupil is not None else ()
        keys += _INSIDE_ACTIONS if self.session.k else ()
        return replace(
            self.view,
            modes=self.status_flags(),
            first_keys=keys,
            watches=self.readings.read(),
            predicting=self.predict_mode.is_on,
            other_run=self._other_run_frame() if self.view.plane else None,
        )

    def _other_run_frame(self) -> Frame | None:
        """The moment of the run that is not shown; None if there is none or it is not computed yet."""
        if not self.session.run_name:
            return None
        other, n = compare.other_run(self.session)
        if other.distance(n):
            return None
        other.compute_moment(n)
        return other.frame(n, self.session.journal, self.session.journal.runs.other)

    def compute_other_run(self) -> None:
        """Compute the run that is not shown as far as this one, if the plane shows both."""
        if not self.view.plane or not self.session.run_name:
            return
        other, n = compare.other_run(self.session)
        if other.distance(n):
            label = fill(messages.COMPUTING_OTHER_RUN, run=self.session.journal.runs.other, n=n)
            self.run_in_portions(other.compute(n), label, lambda: None)

    def status_flags(self, panel: tuple[str, ...] = ()) -> tuple[str, ...]:
        """The flags of the first line, with those of the open panel."""
        return self._status_flags(self, panel)

    def for_session(self, session: Session) -> Controller:
        """A controller of another session, with the same commands, theme and keys."""
        return Controller(session, self.theme, self._commands, self._status_flags, self.view.keys)

    def close_panel(self, chosen: str | None) -> str:
        """Close the panel, unless `chosen` is None; return the action to run, if any."""
        if chosen is not None:
            self.panel = None
        return chosen or ""

    def run_action(self, name: str, count: int = 1) -> None:
        """Run an action, `count` times if it can be repeated."""
        self.view = replace(self.view, message="", alert=False, count="")
        if self.job is not None and name not in _ALLOWED_DURING_JOB:
            self._cancel_or_show_progress(self.job, name == "close")
            return
        self.playback.stop_before(name)
        try:
            self._commands[name](self, count)
        except BpstepError as error:
            self.refuse(str(error), alert=True)

    def handle_job_key(self, key: str, name: str) -> None:
        """Handle a key while a job runs: Escape and ctrl+c stop it, any other key waits for its end."""
        if key in _CANCEL_KEYS or name == "close":
            self.run_action("close")
            return
        if len(self.waiting_keys) < _MAX_WAITING_KEYS:
            self.waiting_keys.append(key)
        self.run_action("")

    def take_waiting_keys(self) -> list[str]:
        """The keys pressed while a job ran, removed from the queue."""
        keys, self.waiting_keys = self.waiting_keys, []
        return keys

    def _cancel_or_show_progress(self, job: Job, cancel: bool) -> None:
        """Stop the job and drop the waiting keys, or show its progress again."""
        if cancel:
            self.job = None
            self.waiting_keys = []
            job.cancel()
        else:
            job.note_waiting_key()
            self.show_message(job.progress_message())

    def show_message(self, message: str, alert: bool = False) -> None:
        """Show a message in the last line."""
        self.view = replace(self.view, message=message, alert=alert)

    def append_count_digit(self, digit: str) -> None:
        if self.job is None and (self.view.count or digit != "0"):
            self.view = replace(self.view, count=(self.view.count + digit)[:9], message="", alert=False)

    def repeat_count(self, name: str) -> int:
        """The count typed before an action; 1 if the action cannot be repeated."""
        return int(self.view.count or 1) if BY_ID[name].repeats else 1

    def move(self, n: int, message: str = "", k: int = 0) -> None:
        """Go to n, and with k into the equation after it, in portions if that takes long.

        The message is shown on arrival.
        """
        label = fill(messages.JUMPING if self.session.is_current else messages.RECOMPUTING, n=n)
        previous = (self.session.n, self.session.k)
        self.run_in_portions(self.session.seek(n, k), label, partial(self._finish_move, previous, message))

    def run_in_portions(self, steps: Iterator[float], label: str, on_done: Callable[[], None]) -> None:
        """Run an iterator that yields the part done, then call `on_done`; the label says what is running."""
        self.start_job(IteratorJob(self.job_clock, steps, label, on_done, self._stop_moving))

    def _stop_moving(self) -> None:
        """Stay; if the state at the cursor was being computed, go back to the last known state."""
        if self.session.is_current:
            self.show_message(fill(messages.STOPPED_UNMOVED))
        else:
            n = self.session.go_to_known()
            self.show_message(fill(messages.STOPPED_RECOMPUTING, n=n))

    def start_job(self, job: Job) -> None:
        """Start a job, and run it as long as the screen may block."""
        self.job = job
        until = _blocking_clock() + _MAX_BLOCKING_SECONDS
        while self.job is not None and _blocking_clock() < until:
            self.advance_job()

    def advance_job(self) -> None:
        """Run a portion of the job."""
        job = self.job
        assert job is not None
        try:
            goes_on = job.advance()
        except BpstepError as error:
            self._fail_job(str(error))
            return
        if goes_on:
            self.show_message(job.progress_message())
        else:
            self.job = None
            if self.view.message == job.latest_message:
                self.show_message("")
            job.finish()

    def _fail_job(self, problem: str) -> None:
        """End the job with the error that it raised: a script may stop with an error of its own on
        the way.
        """
        self.job = None
        self.waiting_keys = []
        if not self.session.is_current:
            self.session.go_to_known()
        self.refuse(problem, alert=True)

    def _finish_move(self, previous: tuple[int, int], message: str) -> None:
        if (self.session.n, self.session.k) != previous:
            self.view = self.view.after_move()
        self.show_message(self.predict_mode.add_skipped_note(message, self.session.n - previous[0]))
        self.compute_other_run()

    def change(self, event: Event, message: str) -> None:
        """Record a change, an undo or a redo, and recompute the state at the cursor."""
        before = self.session.program_at_cursor
        self.session.record(event)
        self.view = replace(self.view, wrong=())
        self.move(self.session.n, self.puzzle_state.add_verdict(message, before), self.session.k)

    def drop_all_edits(self) -> None:
        """Drop all edits and go to n = 0."""
        self.session.record(DropEdits())
        self.view = replace(self.view, wrong=())
        self.move(0, fill(messages.ALL_EDITS_DROPPED))

    def pane_region(self, pane: str) -> Region:
        """The current region of a pane; one line if it is not shown."""
        regions = arrange_panes(self.frame, self.current_view, self.theme, *self.size).panes
        return regions.get(pane, Region(0, 0, self.size[0], 1))

    def focus_pane(self, pane: str) -> None:
        self.view = replace(self.view, focus=pane)

    def set_search_results(self, names: list[str]) -> None:
        """Keep the results of a search, and select the first."""
        self.search_results = names
        self.select_search_result(0)

    def select_search_result(self, at: int) -> None:
        """Select one of the search results."""
        name = self.search_results[at]
        self.view = replace(self.view.select(name, ()), focus="tensors")
        self.show_message(fill(messages.SEARCH_RESULT, name=name, at=at + 1, count=len(self.search_results)))

    def click(self, target: object) -> str:
        """Handle a click; return the id of an action if it calls one."""
        if self.job is not None:
            return ""
        match target:
            case ("cell", str(name), tuple(index)):
                self.view = replace(self.view.select(name, index), focus="tensors")
            case ("slice", str(name), tuple(index)):
                self.view = replace(self.view.select(name, index), focus="tensors")
            case ("place", Node() | Edge() as place):
                self.view = replace(cursor.select_place(self.frame, self.view, place), focus="network")
            case ("tensor", str(name), str(line)):
                self.view = replace(
                    rails_cursor.select_tensor(self.frame, self.view, name, line), focus="network"
                )
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
