"""A lesson in the terminal: Space stops it, the keys are the learner's then, and it goes on as it was."""

from __future__ import annotations

import time
from dataclasses import replace

from bpstep.app import hearing
from bpstep.app.desk import Desk
from bpstep.app.player import Player
from bpstep.app.seat import Seat
from bpstep.keymap import keymap
from bpstep.lessons.beats import clock
from bpstep.lessons.deeds import Lesson, Say
from bpstep.views.canvas import Canvas
from bpstep.views.look import Look

_LEAVING = ("q", "ctrl+q", "escape")
_FORTH, _BACK = ("}", "right", "pagedown"), ("{", "left", "pageup")
_LONGEST = 1000
"""Milliseconds that can pass at once: while the terminal sleeps, the lesson does too."""


class LessonSeat(Seat):
    """Watches a lesson; while it is stopped, at a desk of one's own that begins as the lesson's is."""

    tick = 0.1

    def __init__(self, lesson: Lesson, look: Look, keys: dict[str, tuple[str, ...]]) -> None:
        self.player = Player(lesson, (80, 24), look)
        self.trying: Desk | None = None
        """The desk of one's own."""
        self._keys = keys
        self._captions = [
            at + 1
            for at, beat in enumerate(self.player.beats)
            if isinstance(beat.deed, Say) and beat.deed.text
        ]
        self._left = 0
        """Milliseconds until the next beat."""
        self._on()

    @property
    def desk(self) -> Desk:
        """One's own where there is one, else the lesson's."""
        return self.trying or self.player.desk

    @property
    def counts(self) -> bool:
        """The lesson's time is counted, one's own is not."""
        return self.trying is None

    @property
    def is_over(self) -> bool:
        """True when the last beat has had its time."""
        return self.player.is_over and self._left <= 0

    def fit(self, width: int, height: int) -> None:
        """The screen has this size now."""
        self.player.resize(width, height)
        self.player.fit(self.desk)

    def draw(self) -> Canvas:
        """The desk, below it the caption, in the first line how far the lesson is."""
        self.desk.about = self._flag()
        return self.player.draw(self.desk, self._hint())

    def hear(self, key: str) -> str:
        """Space stops and goes on; while the lesson plays, some keys lead through it, others do nothing."""
        if self.trying is not None:
            if key == "space" and self.trying.prompt is None and self.trying.panel is None:
                self.go_on()
                return ""
            return hearing.hear(self.trying, key)
        if key in _LEAVING:
            return "quit"
        if key == "space":
            self.stop()
        elif key in _FORTH:
            self._leap(next((at for at in self._captions if at > self.player.at), len(self.player.beats)))
        elif key in _BACK:
            passed = [at for at in self._captions if at <= self.player.at]
            self._leap(passed[-2] if len(passed) > 1 else 0)
        return {"ctrl+l": "redraw", "ctrl+z": "suspend"}.get(key, "")

    def paste(self, text: str) -> None:
        """Only at one's own desk is there anything to paste into."""
        if self.trying is not None:
            super().paste(text)

    def click(self, target: object, double: bool) -> str:
        """Clicks are for one's own desk."""
        return super().click(target, double) if self.trying is not None else ""

    def wheel(self, pane: str, by: int) -> str:
        """So is the wheel."""
        return super().wheel(pane, by) if self.trying is not None else ""

    def pass_time(self, milliseconds: int) -> bool:
        """Do the beats whose time has come."""
        if self.trying is not None:
            return False
        before = self.player.at, self._flag()
        self._left -= min(milliseconds, _LONGEST)
        played = [*self.player.ticks(self.player.time - max(self._left, 0))]
        self._on()
        if self.is_over:
            self.stop()
        return bool(played) or before != (self.player.at, self._flag()) or self.trying is not None

    def stop(self) -> None:
        """Give the learner a desk, the same in all as the lesson's, which stays untouched."""
        desk = self.player.again(self.player.at).desk
        desk.sealed = False
        desk.clock = time.monotonic
        desk.playing.begin(desk.clock())
        desk.keymap = keymap(self._keys)
        desk.view = replace(desk.view, keys=self._keys)
        self.trying = desk

    def go_on(self) -> None:
        """Back to the lesson, which is where it was; where it is over, to its beginning."""
        self.trying = None
        if self.is_over:
            self._leap(0)

    def _on(self) -> None:
        while self._left <= 0 and not self.player.is_over:
            self._left += self.player.step().milliseconds

    def _leap(self, at: int) -> None:
        """To just after so many beats."""
        self.player = self.player.play_to(at) if at >= self.player.at else self.player.again(at)
        self._left = self.player.beats[at - 1].milliseconds if at else 0
        self._on()

    def _flag(self) -> str:
        if self.is_over:
            return "lesson over"
        if self.trying is not None:
            return "lesson paused"
        gone = self.player.time - max(self._left, 0)
        return f"lesson {clock(gone)}/{clock(self.player.duration)}"

    def _hint(self) -> str:
        if self.trying is None:
            return "Space stops"
        return "Space: again" if self.is_over else "Space goes on"
