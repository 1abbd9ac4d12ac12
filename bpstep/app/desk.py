"""What the keys do: a session, a view of it, and the question that is open. Knows nothing of Textual."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from bpstep.actions import BY_ID
from bpstep.app import asking, copying
from bpstep.app.prompt import Prompt
from bpstep.edits import AnyEdit, Edit
from bpstep.errors import BpstepError
from bpstep.formula.numbers import FORMATS, precise
from bpstep.frame import Frame
from bpstep.home import Edge, Node
from bpstep.journal import Change, DropEdits, Event, Redo, Undo
from bpstep.session import Session
from bpstep.views import cursor
from bpstep.views.canvas import Canvas
from bpstep.views.look import Look
from bpstep.views.screen import arrange, screen
from bpstep.views.view import PANES, View, selection

_BLINK = 300
"""Iterations that a jump may run at once; a longer one goes in portions, and the screen stays alive."""


class Desk:
    """One person's work with a session."""

    def __init__(self, session: Session, look: Look, keys: dict[str, tuple[str, ...]] | None = None) -> None:
        self.session = session
        self.look = look
        self.view = View(keys=dict(keys or {}))
        self.size = (80, 24)
        self.prompt: Prompt | None = None
        self.running: Iterator[float] | None = None
        """A long way being gone; the screen calls `go_on` until it is None again."""
        self.copied: str | None = None
        self._found: list[str] = []
        self._words = ""
        self._after = ""
        self._goal = 0

    @property
    def frame(self) -> Frame:
        """The moment that is shown."""
        return self.session.frame

    def draw(self) -> Canvas:
        """The screen now."""
        return screen(self.frame, self.view, self.look, *self.size)

    def act(self, name: str, count: int = 1) -> None:
        """Do an action of the table, `count` times where it can be repeated."""
        self.view = replace(self.view, message="", alert=False, count="")
        if self.running is not None:
            if name == "close":
                self._stop()
            else:
                self.say(f"{self._words}: Escape stops it")
            return
        action: Callable[[int], None] = getattr(self, name)
        try:
            action(count)
        except BpstepError as error:
            self.say(str(error), alert=True)

    def say(self, message: str, alert: bool = False) -> None:
        """Put a sentence into the last line."""
        self.view = replace(self.view, message=message, alert=alert)

    def digit(self, digit: str) -> None:
        """A digit of a count."""
        if self.view.count or digit != "0":
            self.view = replace(self.view, count=(self.view.count + digit)[:9], message="", alert=False)

    def answer(self, text: str) -> bool:
        """Answer the open question; False where the answer won't do, and the question stays."""
        assert self.prompt is not None
        try:
            self.prompt.accept(text)
        except BpstepError as error:
            self.say(str(error), alert=True)
            return False
        self.prompt = None
        return True

    def ask(self, prompt: Prompt) -> None:
        """Open a question."""
        self.prompt = prompt
        self.say(prompt.label)

    # Time

    def move(self, n: int, after: str = "") -> None:
        """Go to n; a long way is gone in portions. `after` is said on arrival."""
        self._goal, self._after = n, after
        self._words = f"going to n = {n:,}"
        running = self.session.seek(n)
        if self.session.distance(n) > _BLINK:
            self.running = running
            self.say(f"{self._words}: Escape stops it")
            return
        for _ in running:
            pass
        self._arrived()

    def go_on(self) -> None:
        """Go a portion of a long way."""
        assert self.running is not None
        part = next(self.running, None)
        if part is None:
            self.running = None
            self._arrived()
        else:
            self.say(f"{self._words}: {part:4.0%}   Escape stops it")

    def _arrived(self) -> None:
        self.view = self.view.following()
        self.say(self._after)

    def _stop(self) -> None:
        """Leave a long way. Where the present state was being computed anew, stop as far as that has come."""
        assert self.running is not None
        self.running = None
        if self.session.is_current:
            self.say("stopped: nothing has moved")
            return
        n = self.session.settle()
        self.say(f"stopped at n = {n:,}, as far as it is computed anew")

    def next(self, count: int) -> None:
        """The next equation."""
        self.move(self.session.n + count)

    def back(self, count: int) -> None:
        """The previous equation."""
        self._backwards(self.session.n - count)

    def _backwards(self, n: int) -> None:
        if self.session.n == 0:
            self.say("this is the start: nothing is before n = 0")
        else:
            self.move(max(n, 0))

    def next_phase(self, count: int) -> None:
        """The start of the next phase."""
        self.move(self.session.phase_start(count))

    def previous_phase(self, count: int) -> None:
        """The start of this phase, or the one before."""
        self._backwards(self.session.phase_start(-count))

    def next_iteration(self, count: int) -> None:
        """The start of the next iteration."""
        self.move(self.session.iteration_start(count))

    def previous_iteration(self, count: int) -> None:
        """The start of this iteration, or the one before."""
        self._backwards(self.session.iteration_start(-count))

    def start(self, count: int) -> None:
        """n = 0."""
        self._backwards(0)

    restart = start

    def furthest(self, count: int) -> None:
        """The greatest n ever shown."""
        if self.session.n == self.session.furthest:
            self.say("this is the furthest that was ever shown")
        else:
            self.move(self.session.furthest)

    def go(self, count: int) -> None:
        """Ask for a position."""
        self.ask(asking.position(self))

    def mark(self, count: int) -> None:
        """Ask for a mark's name."""
        self.ask(asking.mark(self))

    def go_mark(self, count: int) -> None:
        """Ask which mark to go to."""
        self.ask(asking.go_mark(self))

    # Editing

    def edit(self, count: int) -> None:
        """Ask for the selected cell's new value."""
        self.ask(asking.value(self))

    def change(self, event: Event, said: str) -> None:
        """Make, undo or redo a change, and compute anew what follows from it."""
        self.session.record(event)
        view = self.view
        self.move(self.session.n, said)
        self.view = replace(self.view, name=view.name, index=view.index)

    def undo(self, count: int) -> None:
        """Take the last change back."""
        self._unwind(Undo(), "undone", count)

    def redo(self, count: int) -> None:
        """Make the last change again."""
        self._unwind(Redo(), "made again", count)

    def _unwind(self, event: Undo | Redo, said: str, count: int) -> None:
        journal = self.session.journal
        for at in range(count):
            change = journal.last_done if isinstance(event, Undo) else journal.last_undone
            if at and change is None:
                return
            self.change(event, f"{said}: {told(change, self.session.period)}" if change else "")

    def drop_edits(self, count: int) -> None:
        """Ask whether to drop all edits."""
        if not self.frame.edits:
            self.say("there are no edits to drop")
        else:
            self.ask(asking.drop(self))

    def drop_all(self) -> None:
        """Drop all edits and start over."""
        self.session.record(DropEdits())
        self.move(0, "all edits dropped; U brings them back")

    # Looking

    def left(self, count: int) -> None:
        """Select what is to the left."""
        self._walk(-count, 0)

    def right(self, count: int) -> None:
        """Select what is to the right."""
        self._walk(count, 0)

    def up(self, count: int) -> None:
        """Select what is above."""
        self._walk(0, -count)

    def down(self, count: int) -> None:
        """Select what is below."""
        self._walk(0, count)

    def page_up(self, count: int) -> None:
        """Ten lines up."""
        self._walk(0, -10 * count)

    def page_down(self, count: int) -> None:
        """Ten lines down."""
        self._walk(0, 10 * count)

    def _walk(self, right: int, down: int) -> None:
        if self.view.focus == "formula":
            self.view = replace(self.view, scroll=max(self.view.scroll + down, 0))
        elif self.view.focus == "network":
            self.view = cursor.in_network(self.frame, self.view, right, down)
        else:
            self.view = cursor.in_table(self.frame, self.view, self._table_height(), right, down)

    def _table_height(self) -> int:
        region = arrange(self.frame, self.view, self.look, *self.size).panes.get("tensors")
        return region.height if region else 1

    def home(self, count: int) -> None:
        """The first cell of the row."""
        self.view = cursor.to_edge(self.frame, self.view, last=False)

    def end(self, count: int) -> None:
        """The last cell of the row."""
        self.view = cursor.to_edge(self.frame, self.view, last=True)

    def next_pane(self, count: int) -> None:
        """Focus the next pane."""
        self.focus(PANES[(PANES.index(self.view.focus) + 1) % len(PANES)])

    def previous_pane(self, count: int) -> None:
        """Focus the previous pane."""
        self.focus(PANES[PANES.index(self.view.focus) - 1])

    def network(self, count: int) -> None:
        """Focus the network."""
        self.focus("network")

    def tensors(self, count: int) -> None:
        """Focus the tensors."""
        self.focus("tensors")

    def formula(self, count: int) -> None:
        """Focus the formula."""
        self.focus("formula")

    def focus(self, pane: str) -> None:
        """Focus a pane."""
        self.view = replace(self.view, focus=pane)

    def zoom(self, count: int) -> None:
        """One pane, or all."""
        self.view = replace(self.view, zoomed=not self.view.zoomed)

    def number_format(self, count: int) -> None:
        """The next way to print numbers."""
        self.look = replace(self.look, format_at=(self.look.format_at + 1) % len(FORMATS))
        self.say(f"numbers: {self.look.format.name}")

    def find(self, count: int) -> None:
        """Ask for a part of a tensor's name."""
        self.ask(asking.search(self))

    def found(self, names: list[str]) -> None:
        """Take over what a search found, and select the first."""
        self._found = names
        self._select_found(0)

    def find_next(self, count: int) -> None:
        """The next tensor found."""
        self._step_found(1)

    def find_previous(self, count: int) -> None:
        """The one before."""
        self._step_found(-1)

    def _step_found(self, by: int) -> None:
        if not self._found:
            self.say("nothing was searched yet: / finds a tensor by its name")
            return
        name = selection(self.frame, self.view).name
        at = self._found.index(name) if name in self._found else -max(by, 0)
        self._select_found((at + by) % len(self._found))

    def _select_found(self, at: int) -> None:
        name = self._found[at]
        self.view = replace(self.view.select(name, ()), focus="tensors")
        self.say(f"{name}: {at + 1} of {len(self._found)} that fit")

    def copy(self, count: int) -> None:
        """Copy what the focused pane is about."""
        what, self.copied = copying.copy(self.frame, self.view, self.look)
        self.say(f"copied {what}")

    def close(self, count: int) -> None:
        """Close what is open."""
        if self.prompt is not None:
            self.prompt = None
        elif self.view.zoomed:
            self.view = replace(self.view, zoomed=False)
        else:
            self.view = self.view.following()

    def click(self, target: object) -> str:
        """Do what a click means; gives an action's id where it means one."""
        match target:
            case ("cell", str(name), tuple(index)):
                self.view = replace(self.view.select(name, index), focus="tensors")
            case ("place", Node() | Edge() as place):
                self.view = replace(cursor.at_place(self.frame, self.view, place), focus="network")
            case ("step", int(done)):
                self.move(self.frame.start + done)
            case ("pane", str(pane)):
                self.focus(pane)
            case ("action", str(name)):
                return name
        return ""


def told(change: Change, period: int) -> str:
    """A change in words: which cell, which value, made where."""
    match change:
        case Edit():
            return f"{change.cell} = {precise(change.value)}, {place(change, period)}"
        case DropEdits():
            return "all edits dropped"
    return f"{change.cell} = {change.source}, {place(change, period)}"


def place(edit: AnyEdit, period: int) -> str:
    """Which write an edit replaces."""
    if edit.at == 0:
        return "the initial value"
    iteration, step = divmod(edit.at - 1, period)
    return f"step {step + 1} of iteration {iteration}"


NAMES = tuple(name for name in BY_ID if hasattr(Desk, name))
