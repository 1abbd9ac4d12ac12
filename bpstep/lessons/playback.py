"""A lesson that goes on as time passes, forth and back from caption to caption, and waits for long ways."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bpstep import defaults
from bpstep.errors import BpstepError
from bpstep.lessons import messages
from bpstep.lessons.player import Player
from bpstep.lessons.script import Lesson, Say
from bpstep.render.theme import Theme
from bpstep.text import fill

_MAX_ELAPSED = 1000
"""Milliseconds that can pass at once: while the terminal sleeps, the lesson does too."""

_MAX_BEATS_PER_TICK = 200
"""Beats that are done before the screen has its turn."""


class LessonPlayback:
    """A player, and how long until its next beat. While its desk goes a long way nothing else happens."""

    def __init__(self, lesson: Lesson, theme: Theme) -> None:
        self.player = Player(lesson, defaults.SIZE, theme)
        self.error: BpstepError | None = None
        """Why the lesson can't go on, where that is its own fault."""
        self.has_failed = False
        """True where it can't go on."""
        self._is_replaying = False
        """True while another player gets to where this one is."""
        self._until_next = 0
        """Milliseconds until the next beat."""
        self._target = 0
        """Beats that are done without waiting."""
        beats = enumerate(self.player.beats)
        self._caption_positions = [
            at + 1 for at, beat in beats if isinstance(beat.action, Say) and beat.action.text
        ]
        self._run_due()

    @property
    def is_over(self) -> bool:
        """True when the last beat has had its time, and where the lesson can't go on."""
        return self.has_failed or (self.player.is_over and self._until_next <= 0 and not self.is_job_running)

    @property
    def is_job_running(self) -> bool:
        """True on a long way."""
        return self.player.controller.job is not None

    @property
    def elapsed(self) -> int:
        """Milliseconds since the lesson's start."""
        return self.player.time - max(self._until_next, 0)

    def advance_time(self, milliseconds: int) -> bool:
        """Do what is due; True where anything was done. On a long way no time passes."""
        if self.is_job_running:
            return False
        before = self.player.position
        with self._failures():
            self.player.check_acted()
        self._until_next -= min(milliseconds, _MAX_ELAPSED)
        played = [*self.player.play_until(self.elapsed)]
        self._run_due()
        return bool(played) or before != self.player.position

    def next_caption(self) -> None:
        """To the next caption, or to the end, without waiting."""
        self._target = next(
            (at for at in self._caption_positions if at > self.player.position), len(self.player.beats)
        )
        self._run_due()

    def previous_caption(self) -> None:
        """To the caption before this one, by playing again."""
        earlier = [at for at in self._caption_positions if at <= self.player.position]
        self.replay(earlier[-2] if len(earlier) > 1 else 0, self._use_player)

    def restart(self) -> None:
        """From the start."""
        self.has_failed, self.error = False, None
        self._use_player(self.player.new_player())

    def replay(self, at: int, on_done: Callable[[Player], None]) -> None:
        """Bring another player to after so many beats, which may take long; then do `then` with it."""
        player, controller, view = (
            self.player.new_player(),
            self.player.controller,
            self.player.controller.view,
        )

        def finish() -> None:
            controller.view, self._is_replaying = view, False
            player.resize(*self.player.size)
            on_done(player)

        self._is_replaying = True
        controller.run_in_portions(player.seek(at), fill(messages.REPLAYING), finish)

    def cancel_job(self) -> None:
        """Leave a long way; one that the lesson was going ends the lesson, which did not get there."""
        self.player.controller.run_action("close")
        self.has_failed, self._is_replaying = not self._is_replaying, False

    def _run_due(self) -> None:
        """Do the beats that are due, as far as the screen can wait, and not past a long way."""
        for _ in range(_MAX_BEATS_PER_TICK):
            skips = self.player.position < self._target
            if (
                self.has_failed
                or self.player.is_over
                or self.is_job_running
                or (self._until_next > 0 and not skips)
            ):
                return
            self._until_next = 0 if skips else self._until_next
            self._start_next()

    def _start_next(self) -> None:
        with self._failures():
            self._until_next += self.player.start_next().milliseconds

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """End the lesson where it fails, and say why."""
        try:
            yield
        except BpstepError as error:
            self.has_failed, self.error = True, error
            self.player.controller.show_message(str(error), alert=True)

    def _use_player(self, player: Player) -> None:
        """Go on with another player, where it is."""
        self.player, self._target = player, 0
        self._until_next = player.beats[player.position - 1].milliseconds if player.position else 0
        self._run_due()
