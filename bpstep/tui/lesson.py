"""A lesson in the terminal: Space pauses it, the keys are the learner's then, and it goes on as it was."""

from __future__ import annotations

import time
from dataclasses import replace

from bpstep.actions import keymap
from bpstep.lessons import builtin
from bpstep.lessons.playback import LessonPlayback
from bpstep.lessons.player import Player
from bpstep.lessons.script import Lesson
from bpstep.lessons.timing import clock_text
from bpstep.render.canvas import Canvas
from bpstep.render.theme import Theme
from bpstep.ui import input
from bpstep.ui.controller import Controller
from bpstep.ui.frontend import Frontend

_NEXT_CAPTION_KEYS, _PREVIOUS_CAPTION_KEYS = ("}", "right", "pagedown"), ("{", "left", "pageup")


class LessonFrontend(Frontend):
    """Watches a lesson; while it is paused, at a desk of one's own that begins as the lesson's is."""

    tick_interval = 0.1

    def __init__(self, lesson: Lesson, theme: Theme, keys: dict[str, tuple[str, ...]]) -> None:
        self.lesson_playback = LessonPlayback(lesson, theme)
        self.practice_controller: Controller | None = None
        """The desk of one's own."""
        self._practice_used = False
        """True where something was done at it."""
        self._input_ignored = False
        """True where something was done while the lesson plays, which is not for that."""
        self._keys = keys
        self._pause_at_end()

    @property
    def player(self) -> Player:
        """The lesson's player."""
        return self.lesson_playback.player

    @property
    def controller(self) -> Controller:
        """One's own where there is one, else the lesson's."""
        return self.practice_controller or self.player.controller

    @property
    def advances_time(self) -> bool:
        """The lesson's time is counted, one's own is not."""
        return self.practice_controller is None

    def resize(self, width: int, height: int) -> None:
        """The screen has this size now."""
        self.player.resize(width, height)
        self.player.fit_controller(self.controller)

    def draw(self) -> Canvas:
        """The desk, below it the caption, in the first line how far the lesson is."""
        self.controller.lesson_status = self._status_flag()
        return self.player.draw(self.controller, self._key_hint())

    def handle_key(self, key: str) -> str:
        """Space pauses and goes on; while the lesson plays, some keys lead through it, others do nothing."""
        if self.practice_controller is not None:
            if key == "space" and self._space_resumes:
                self.resume()
                return ""
            self._practice_used = True
            return input.handle_key(self.practice_controller, key)
        self._input_ignored = False
        name = keymap(self._keys).get(key, "")
        if self.lesson_playback.is_job_running and name not in input.TERMINAL_ACTIONS:
            self._handle_key_during_job(name == "close")
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
        """Escape leaves a long way; any other key is told so."""
        if cancel:
            self.lesson_playback.cancel_job()
        else:
            self.player.controller.run_action("")

    def handle_paste(self, text: str) -> None:
        """Only at one's own desk is there anything to paste into."""
        if self._note_input():
            super().handle_paste(text)

    def handle_click(self, target: object, double: bool) -> str:
        """Clicks are for one's own desk."""
        return super().handle_click(target, double) if self._note_input() else ""

    def handle_wheel(self, pane: str, by: int) -> str:
        """So is the wheel."""
        return super().handle_wheel(pane, by) if self._note_input() else ""

    def _note_input(self) -> bool:
        """Something is done where there is a desk of one's own; True if so."""
        self._practice_used = self.practice_controller is not None
        self._input_ignored = not self._practice_used
        return self._practice_used

    @property
    def _space_resumes(self) -> bool:
        """True where Space is no key of what is open; what the lesson left open takes none until touched."""
        return not self._practice_used or (self.controller.prompt is None and self.controller.panel is None)

    def advance_time(self, milliseconds: int) -> bool:
        """Do the beats whose time has come."""
        if self.practice_controller is not None:
            return False
        before = self._status_flag()
        changed = self.lesson_playback.advance_time(milliseconds)
        self._input_ignored = self._input_ignored and not changed
        self._pause_at_end()
        return changed or before != self._status_flag()

    def _pause_at_end(self) -> None:
        """When the lesson is over the learner has its desk; where it can't go on, that which is not there."""
        if self.practice_controller is None and self.lesson_playback.has_failed:
            self._start_practice(self.player.controller)
        elif self.practice_controller is None and self.lesson_playback.is_over:
            self.pause()

    def pause(self) -> None:
        """Give the learner a desk where all is as at the lesson's, which stays untouched; nothing moves."""

        def start(player: Player) -> None:
            for _ in player.play_until(self.lesson_playback.elapsed):
                pass
            self._start_practice(player.controller)
            next_lesson = builtin.next_lesson(player.lesson) if self.lesson_playback.is_over else ""
            if next_lesson:
                player.controller.show_message(
                    f"the lesson is over; the next one: bpstep lesson {next_lesson}"
                )

        self.lesson_playback.replay(self.player.position, start)

    def _start_practice(self, controller: Controller) -> None:
        """A desk of the lesson's becomes the learner's."""
        controller.playback.stop()
        controller.is_read_only = False
        controller.playback_clock = time.monotonic
        controller.keymap = keymap(self._keys)
        controller.view = replace(controller.view, keys=self._keys)
        self.practice_controller, self._practice_used = controller, False

    def resume(self) -> None:
        """Back to the lesson, which is where it was; where it is over, to its beginning."""
        self.practice_controller = None
        if self.lesson_playback.is_over:
            self.lesson_playback.restart()
            self._pause_at_end()

    def _status_flag(self) -> str:
        if self.lesson_playback.is_over:
            return "lesson stopped" if self.lesson_playback.has_failed else "lesson over"
        if self.practice_controller is not None:
            return "lesson paused"
        return f"lesson {clock_text(self.lesson_playback.elapsed)}/{clock_text(self.player.duration)}"

    def _key_hint(self) -> str:
        if self.practice_controller is None:
            if self.lesson_playback.is_job_running:
                return "Escape stops it"
            return "Space, then keys" if self._input_ignored else "Space pauses"
        if not self._space_resumes:
            return "Esc, then Space"
        return "Space: again" if self.lesson_playback.is_over else "Space goes on"
