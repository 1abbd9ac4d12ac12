"""Plays a lesson as time passes, moves between captions, and pauses while a job runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bpstep import defaults
from bpstep.errors import BpstepError
from bpstep.lessons import messages
from bpstep.lessons.lesson import Lesson, Say
from bpstep.lessons.player import Player
from bpstep.render.theme import Theme
from bpstep.text import fill

_MAX_ELAPSED = 1000
"""The most milliseconds that pass at once: a lesson does not jump ahead after its terminal was suspended."""

_MAX_ACTIONS_PER_TICK = 200
"""How many actions are done before the screen is drawn."""


class LessonPlayback:
    """A player, and the time until its next action. While its controller runs a job, no time passes."""

    def __init__(self, lesson: Lesson, theme: Theme) -> None:
        self.player = Player(lesson, defaults.SIZE, theme)
        self.error: BpstepError | None = None
        """The error that stopped the lesson; None if there was none, or if a job was cancelled."""
        self.has_failed = False
        """True if the lesson cannot continue: an action failed, or its job was cancelled."""
        self._is_replaying = False
        """True while another player repeats the actions, for `replay`."""
        self._until_next = 0
        """Milliseconds until the next action."""
        self._target = 0
        """The position up to which actions are done without waiting."""
        actions = enumerate(self.player.actions)
        self._caption_positions = [
            at + 1 for at, timed in actions if isinstance(timed.action, Say) and timed.action.text
        ]
        self._run_due()

    @property
    def is_over(self) -> bool:
        """True once the last action has had its time, or if the lesson cannot continue."""
        return self.has_failed or (self.player.is_over and self._until_next <= 0 and not self.is_job_running)

    @property
    def is_job_running(self) -> bool:
        """True while the controller runs a job."""
        return self.player.controller.job is not None

    @property
    def elapsed(self) -> int:
        """Milliseconds since the lesson's start."""
        return self.player.time - max(self._until_next, 0)

    def advance_time(self, milliseconds: int) -> bool:
        """Let time pass and do the actions that are due; True if anything was done.

        No time passes during a job.
        """
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
        """Move to the next caption, or to the end, without waiting."""
        self._target = next(
            (at for at in self._caption_positions if at > self.player.position), len(self.player.actions)
        )
        self._run_due()

    def previous_caption(self) -> None:
        """Move to the previous caption, by playing the lesson again from its start."""
        earlier = [at for at in self._caption_positions if at <= self.player.position]
        self.replay(earlier[-2] if len(earlier) > 1 else 0, self._use_player)

    def restart(self) -> None:
        """Start the lesson again."""
        self.has_failed, self.error = False, None
        self._use_player(self.player.new_player())

    def replay(self, at: int, on_done: Callable[[Player], None]) -> None:
        """Do the first `at` actions with a new player, as a job; then call `on_done` with that player."""
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
        """Cancel the job. If it was the lesson's own and no replay, the lesson ends: it cannot continue."""
        self.player.controller.run_action("close")
        self.has_failed, self._is_replaying = not self._is_replaying, False

    def _run_due(self) -> None:
        """Do the actions that are due, up to the limit of a tick, and none after one that starts a job."""
        for _ in range(_MAX_ACTIONS_PER_TICK):
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
        """End the lesson if an action fails, and show the error."""
        try:
            yield
        except BpstepError as error:
            self.has_failed, self.error = True, error
            self.player.controller.show_message(str(error), alert=True)

    def _use_player(self, player: Player) -> None:
        """Continue with another player, at its position."""
        self.player, self._target = player, 0
        self._until_next = player.actions[player.position - 1].milliseconds if player.position else 0
        self._run_due()
