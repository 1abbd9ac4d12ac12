"""A lesson in the terminal: Space pauses it, the keys are the learner's then, and it goes on as it was."""

from __future__ import annotations

import time
from dataclasses import replace

from bpstep.actions import keymap
from bpstep.lessons import builtin
from bpstep.lessons.playback import Pace
from bpstep.lessons.player import Player
from bpstep.lessons.script import Lesson
from bpstep.lessons.timing import clock
from bpstep.render.canvas import Canvas
from bpstep.render.theme import Look
from bpstep.ui import input
from bpstep.ui.commands import play
from bpstep.ui.controller import Desk
from bpstep.ui.frontend import Seat

_FORTH, _BACK = ("}", "right", "pagedown"), ("{", "left", "pageup")


class LessonSeat(Seat):
    """Watches a lesson; while it is paused, at a desk of one's own that begins as the lesson's is."""

    tick = 0.1

    def __init__(self, lesson: Lesson, look: Look, keys: dict[str, tuple[str, ...]]) -> None:
        self.pace = Pace(lesson, look)
        self.trying: Desk | None = None
        """The desk of one's own."""
        self._touched = False
        """True where something was done at it."""
        self._refused = False
        """True where something was done while the lesson plays, which is not for that."""
        self._keys = keys
        self._stop_at_the_end()

    @property
    def player(self) -> Player:
        """The lesson's player."""
        return self.pace.player

    @property
    def desk(self) -> Desk:
        """One's own where there is one, else the lesson's."""
        return self.trying or self.player.desk

    @property
    def counts_time(self) -> bool:
        """The lesson's time is counted, one's own is not."""
        return self.trying is None

    def fit(self, width: int, height: int) -> None:
        """The screen has this size now."""
        self.player.resize(width, height)
        self.player.fit(self.desk)

    def draw(self) -> Canvas:
        """The desk, below it the caption, in the first line how far the lesson is."""
        self.desk.about = self._flag()
        return self.player.draw(self.desk, self._hint())

    def hear(self, key: str) -> str:
        """Space pauses and goes on; while the lesson plays, some keys lead through it, others do nothing."""
        if self.trying is not None:
            if key == "space" and self._goes_on:
                self.go_on()
                return ""
            self._touched = True
            return input.hear(self.trying, key)
        self._refused = False
        name = keymap(self._keys).get(key, "")
        if self.pace.is_away and name not in input.TERMINAL:
            self._hear_on_the_way(name == "close")
        elif key == "space":
            self.pause()
        elif key in _FORTH:
            self.pace.forth()
        elif key in _BACK:
            self.pace.back()
        elif name in input.TERMINAL:
            return name
        else:
            self._refused = True
        self._stop_at_the_end()
        return ""

    def _hear_on_the_way(self, leave: bool) -> None:
        """Escape leaves a long way; any other key is told so."""
        if leave:
            self.pace.leave_way()
        else:
            self.player.desk.act("")

    def paste(self, text: str) -> None:
        """Only at one's own desk is there anything to paste into."""
        if self._touch():
            super().paste(text)

    def click(self, target: object, double: bool) -> str:
        """Clicks are for one's own desk."""
        return super().click(target, double) if self._touch() else ""

    def wheel(self, pane: str, by: int) -> str:
        """So is the wheel."""
        return super().wheel(pane, by) if self._touch() else ""

    def _touch(self) -> bool:
        """Something is done where there is a desk of one's own; True if so."""
        self._touched = self.trying is not None
        self._refused = not self._touched
        return self._touched

    @property
    def _goes_on(self) -> bool:
        """True where Space is no key of what is open; what the lesson left open takes none until touched."""
        return not self._touched or (self.desk.prompt is None and self.desk.panel is None)

    def pass_time(self, milliseconds: int) -> bool:
        """Do the beats whose time has come."""
        if self.trying is not None:
            return False
        before = self._flag()
        done = self.pace.pass_time(milliseconds)
        self._refused = self._refused and not done
        self._stop_at_the_end()
        return done or before != self._flag()

    def _stop_at_the_end(self) -> None:
        """When the lesson is over the learner has its desk; where it can't go on, that which is not there."""
        if self.trying is None and self.pace.is_broken:
            self._hand_over(self.player.desk)
        elif self.trying is None and self.pace.is_over:
            self.pause()

    def pause(self) -> None:
        """Give the learner a desk where all is as at the lesson's, which stays untouched; nothing moves."""

        def arrived(player: Player) -> None:
            for _ in player.ticks(self.pace.gone):
                pass
            self._hand_over(player.desk)
            following = builtin.after(player.lesson) if self.pace.is_over else ""
            if following:
                player.desk.say(f"the lesson is over; the next one: bpstep lesson {following}")

        self.pace.replay(self.player.at, arrived)

    def _hand_over(self, desk: Desk) -> None:
        """A desk of the lesson's becomes the learner's."""
        play.pause(desk)
        desk.sealed = False
        desk.clock = time.monotonic
        desk.keymap = keymap(self._keys)
        desk.view = replace(desk.view, keys=self._keys)
        self.trying, self._touched = desk, False

    def go_on(self) -> None:
        """Back to the lesson, which is where it was; where it is over, to its beginning."""
        self.trying = None
        if self.pace.is_over:
            self.pace.begin_again()
            self._stop_at_the_end()

    def _flag(self) -> str:
        if self.pace.is_over:
            return "lesson stopped" if self.pace.is_broken else "lesson over"
        if self.trying is not None:
            return "lesson paused"
        return f"lesson {clock(self.pace.gone)}/{clock(self.player.duration)}"

    def _hint(self) -> str:
        if self.trying is None:
            if self.pace.is_away:
                return "Escape stops it"
            return "Space, then keys" if self._refused else "Space pauses"
        if not self._goes_on:
            return "Esc, then Space"
        return "Space: again" if self.pace.is_over else "Space goes on"
