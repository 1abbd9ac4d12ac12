"""A lesson on the terminal: Space pauses it so that the learner can try keys, and resumes it unchanged."""

from __future__ import annotations

import time
from dataclasses import replace

from bpstep.actions import keymap
from bpstep.lessons import builtin
from bpstep.lessons.lesson import Lesson
from bpstep.lessons.playback import LessonPlayback
from bpstep.lessons.player import Player
from bpstep.lessons.timing import clock_text
from bpstep.render import messages as render_messages
from bpstep.render.canvas import Canvas
from bpstep.render.theme import Theme
from bpstep.text import fill
from bpstep.tui import messages
from bpstep.ui import input
from bpstep.ui.controller import Controller
from bpstep.ui.frontend import Frontend

_NEXT_CAPTION_KEYS, _PREVIOUS_CAPTION_KEYS = ("}", "right", "pagedown"), ("{", "left", "pageup")


class LessonFrontend(Frontend):
    """Shows a lesson; while it is paused, a practice controller that starts in the lesson's state."""

    tick_interval = 0.1

    def __init__(
        self,
        lesson: Lesson,
        theme: Theme,
        keys: dict[str, tuple[str, ...]],
        hidden_actions: frozenset[str] = frozenset(),
    ) -> None:
        self.lesson_playback = LessonPlayback(lesson, theme)
        self.practice_controller: Controller | None = None
        """The learner's controller while the lesson is paused."""
        self._practice_used = False
        """True if the learner has used it."""
        self._input_ignored = False
        """True if a key was pressed that has no function while the lesson plays."""
        self._keys = keys
        self._hidden_actions = hidden_actions
        self._pause_at_end()

    @property
    def player(self) -> Player:
        return self.lesson_playback.player

    @property
    def controller(self) -> Controller:
        """The practice controller if there is one, else the lesson's."""
        return self.practice_controller or self.player.controller

    @property
    def advances_time(self) -> bool:
        """The lesson's time is counted, that of practice is not."""
        return self.practice_controller is None

    def resize(self, width: int, height: int) -> None:
        """Set the size of the screen."""
        self.player.resize(width, height)
        self.player.fit_controller(self.controller)

    def use_ascii(self) -> None:
        """Draw the lesson, practice and all players to come with ASCII."""
        super().use_ascii()
        self.player.use_ascii()

    def draw(self) -> Canvas:
        """The controller's screen, the caption below it, and the progress in the first line."""
        self.controller.lesson_status = self._status_flag()
        return self.player.draw(self.controller, self._key_hint())

    def handle_key(self, key: str) -> str:
        """Space pauses and resumes; while the lesson plays, a few other keys move between captions."""
        if self.practice_controller is not None:
            if key == "space" and self._space_resumes:
                self.resume()
                return ""
            self._practice_used = True
            return super().handle_key(key)
        self._input_ignored = False
        name = keymap(self._keys).get(key, "")
        if self.lesson_playback.is_job_running and name not in input.TERMINAL_ACTIONS:
            self._handle_key_during_job(name == "close" or key == "ctrl+c")
        elif key == "space":
            self.pause()
        elif key in _NEXT_CAPTION_KEYS:
            self.lesson_playback.next_caption()
        elif key in _PREVIOUS_CAPTION_KEYS:
            self.lesson_playback.previous_caption()
        elif name in input.TERMINAL_ACTIONS:
            return name
        else:
            self._input_ignored = True
        self._pause_at_end()
        return ""

    def _handle_key_during_job(self, cancel: bool) -> None:
        """Escape and ctrl+c stop a job; any other key shows its progress."""
        if cancel:
            self.lesson_playback.cancel_job()
        else:
            self.player.controller.run_action("")

    def handle_paste(self, text: str) -> None:
        """Insert text; only practice has an input."""
        if self._note_input():
            super().handle_paste(text)

    def handle_click(self, target: object, double: bool) -> str:
        """Handle a click; only practice takes any."""
        return super().handle_click(target, double) if self._note_input() else ""

    def handle_wheel(self, pane: str, by: int) -> str:
        """Handle the wheel; only practice takes it."""
        return super().handle_wheel(pane, by) if self._note_input() else ""

    def _note_input(self) -> bool:
        """Note that a key or the mouse was used; True if practice handles it."""
        self._practice_used = self.practice_controller is not None
        self._input_ignored = not self._practice_used
        return self._practice_used

    @property
    def _space_resumes(self) -> bool:
        """True where Space resumes the lesson: no prompt or panel that the learner has used is open."""
        return not self._practice_used or (self.controller.prompt is None and self.controller.panel is None)

    def advance_time(self, milliseconds: int) -> bool:
        """Do the actions of the lesson that are due."""
        if self.practice_controller is not None:
            return False
        before = self._status_flag()
        changed = self.lesson_playback.advance_time(milliseconds)
        self._input_ignored = self._input_ignored and not changed
        self._pause_at_end()
        return changed or before != self._status_flag()

    def _pause_at_end(self) -> None:
        """Start practice when the lesson is over, or when it cannot continue."""
        if self.practice_controller is None and self.lesson_playback.has_failed:
            self._start_practice(self.player.controller)
        elif self.practice_controller is None and self.lesson_playback.is_over:
            self.pause()

    def pause(self) -> None:
        """Start practice with a copy of the lesson's controller: the lesson itself stays unchanged."""

        def start(player: Player) -> None:
            for _ in player.play_until(self.lesson_playback.elapsed):
                pass
            self._start_practice(player.controller)
            next_lesson = builtin.next_lesson(player.lesson) if self.lesson_playback.is_over else ""
            if next_lesson:
                player.controller.show_message(fill(messages.LESSON_OVER_NEXT, name=next_lesson))

        self.lesson_playback.replay(self.player.position, start)

    def _start_practice(self, controller: Controller) -> None:
        """Turn a controller of the lesson into the learner's."""
        controller.playback.stop()
        controller.is_read_only = False
        controller.playback_clock = time.monotonic
        controller.keymap = keymap(self._keys)
        controller.view = replace(controller.view, keys=self._keys, hidden_actions=self._hidden_actions)
        self.practice_controller, self._practice_used = controller, False

    def resume(self) -> None:
        """Resume the lesson where it was; from the start if it is over."""
        self.practice_controller = None
        if self.lesson_playback.is_over:
            self.lesson_playback.restart()
            self._pause_at_end()

    def _status_flag(self) -> str:
        if self.lesson_playback.is_over:
            failed = self.lesson_playback.has_failed
            return fill(messages.FLAG_LESSON_STOPPED if failed else messages.FLAG_LESSON_OVER)
        if self.practice_controller is not None:
            return fill(messages.FLAG_LESSON_PAUSED)
        elapsed, duration = self.lesson_playback.elapsed, self.player.duration
        return fill(messages.FLAG_LESSON, elapsed=clock_text(elapsed), duration=clock_text(duration))

    def _key_hint(self) -> str:
        if self.practice_controller is None:
            if self.lesson_playback.is_job_running:
                return fill(render_messages.JOB_STOP)
            return fill(messages.HINT_PAUSE_FIRST if self._input_ignored else messages.HINT_PAUSE)
        if not self._space_resumes:
            return fill(messages.HINT_CLOSE_FIRST)
        return fill(messages.HINT_REPLAY if self.lesson_playback.is_over else messages.HINT_RESUME)
