"""The output that turns a terminal's screen from one canvas into another.

A change of colours takes more bytes than a move of the cursor. So the screen is updated colour by colour,
each from top to bottom, and not line by line; and cells that a later colour will write may contain anything
until then, so that the cursor can pass over them without a move.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from rich.color import Color, ColorSystem
from rich.console import COLOR_SYSTEMS
from rich.style import Style

from bpstep.render.canvas import Canvas

_JOIN_DISTANCE = 2
"""At most this many unchanged cells between two changed ones are written again: a move takes as
many bytes.
"""

_MAX_OVERWRITE = 7
"""Never write more cells than this to pass over them: every move takes fewer bytes."""

_RETURN_COST = 4
"""How many bytes it takes to pass over erased cells."""


@dataclass
class _Run:
    """Neighbouring cells of a line that are written with one pen."""

    x: int
    end: int
    ansi_style: AnsiStyle
    done: bool = False
    """True for blanks that another pen has written in passing."""


def ansi_diff(
    before: Canvas, after: Canvas, ansi_styles: AnsiStyles, writer: AnsiWriter | None = None
) -> str:
    """The sequences that turn one screen into the other; empty if they look the same.

    Both have the terminal's size. Without a writer the terminal's own pen must be in force before, and is
    afterwards; with one, the pen that it last wrote with.
    """
    writer = writer or AnsiWriter(after.width)
    changed = ((y, _changed_runs(before, after, y, ansi_styles)) for y in range(after.height))
    lines = [_LineDiff(runs, after, y, ansi_styles) for y, runs in changed if runs]
    used = frozenset(run.ansi_style for line in lines for run in line.runs)
    order = order_styles(used, writer.ansi_style, writer.saved_style)
    for at, ansi_style in enumerate(order):
        later = frozenset(order[at + 1 :])
        for line in lines:
            line.write(ansi_style, later, writer)
    return writer.take_output()


class _LineDiff:
    """The changes of a line, and its cells afterwards."""

    def __init__(self, runs: list[_Run], after: Canvas, y: int, ansi_styles: AnsiStyles) -> None:
        self.runs, self._y = runs, y
        self._characters, self._roles, self._pens = after.characters[y], after.roles[y], ansi_styles
        self._run_at = {x: run for run in runs for x in range(run.x, run.end)}

    def write(self, ansi_style: AnsiStyle, later: AbstractSet[AnsiStyle], writer: AnsiWriter) -> None:
        """Write all characters of one style, before those of the styles that come later."""

        def fill_between(start: int, end: int) -> str | None:
            return self._fill_between(start, end, ansi_style, later)

        for run in self.runs:
            if run.ansi_style == ansi_style and not run.done:
                start = writer.move_to(
                    run.x, self._y, ansi_style.with_colour_of(writer.ansi_style), fill_between
                )
                self._mark_blanks_done(start, run)
                self._write_run(run, writer)

    def _write_run(self, run: _Run, writer: AnsiWriter) -> None:
        """Write a run; blanks at its end are erased if that takes fewer bytes."""
        text = "".join(self._characters[run.x : run.end]).replace("\0", "")
        kept = text.rstrip(" ")
        x = run.end - len(text) + len(kept)
        erase = self._erase(run, x, writer.ansi_style) if x < run.end and writer.can_erase else ""
        if erase:
            writer.write(kept + erase, x)
        else:
            writer.write(text, run.end)

    def _erase(self, run: _Run, x: int, ansi_style: AnsiStyle) -> str:
        """The sequence that erases a run from a column on; empty if blanks take fewer bytes."""
        if ansi_style.shows_on_blanks:
            return ""
        rest = [each for each in self.runs if each.end > x and not each.done]
        if sum(each.end - max(each.x, x) for each in rest) > 3 and self._is_clear(x, ansi_style.background):
            for each in rest:
                each.done = True
            return "\x1b[K"
        follows = any(each.ansi_style == run.ansi_style for each in rest if each is not run)
        erase = f"\x1b[{run.end - x}X"
        return erase if run.end - x > len(erase) + follows * _RETURN_COST else ""

    def _is_clear(self, x: int, ground: str) -> bool:
        """Whether a line has only blanks of one background from a column on."""
        clear = AnsiStyle(ground, (), "")
        cells = zip(self._characters[x:], self._roles[x:])
        return all(cell == " " and self._pens[role][1] == clear for cell, role in cells)

    def _fill_between(
        self, start: int, end: int, ansi_style: AnsiStyle, later: AbstractSet[AnsiStyle]
    ) -> str | None:
        """What can be written in place of a move; None if nothing can."""
        if not 0 <= end - start <= _MAX_OVERWRITE:
            return None
        text = ""
        for x in range(start, end):
            run = self._run_at.get(x)
            if run is not None and not run.done:
                if run.ansi_style not in later:
                    return None
                text += " "
            elif self._can_rewrite(x, ansi_style):
                text += self._characters[x]
            else:
                return None
        return text

    def _mark_blanks_done(self, start: int, run: _Run) -> None:
        """Mark blanks that were written on the way to a run as done."""
        for each in self.runs:
            if start <= each.x and each.end <= run.x and not each.ansi_style.colour:
                each.done = each.done or common_style([run.ansi_style, each.ansi_style]) == run.ansi_style

    def _can_rewrite(self, x: int, ansi_style: AnsiStyle) -> bool:
        """Whether an unchanged cell may be written again with this pen."""
        character = self._characters[x]
        own = self._pens[self._roles[x]][character == " "]
        return character != "\0" and common_style([ansi_style, own]) == ansi_style


def _changed_runs(before: Canvas, after: Canvas, y: int, ansi_styles: AnsiStyles) -> list[_Run]:
    """The changes of a line, from left to right."""
    old, new = before.characters[y], after.characters[y]
    old_roles, roles = before.roles[y], after.roles[y]
    if old == new and old_roles == roles:
        return []
    runs: list[_Run] = []
    last = _Run(0, -_JOIN_DISTANCE - 1, AnsiStyle())
    for x, (old_character, character, old_role, role) in enumerate(zip(old, new, old_roles, roles)):
        if old_character == character and (
            old_role == role or ansi_styles[old_role][character == " "] == ansi_styles[role][character == " "]
        ):
            continue
        own = ansi_styles[role][character == " "]
        if x == last.end and own == last.ansi_style:
            last.end += 1
            continue
        joined = None
        if x - last.end <= _JOIN_DISTANCE:
            between = zip(new[last.end : x], roles[last.end : x])
            joined = common_style(
                [last.ansi_style, own, *(ansi_styles[kept][cell == " "] for cell, kept in between)]
            )
        if joined is None:
            last = _Run(x, x + 1, own)
            runs.append(last)
        else:
            last.end, last.ansi_style = x + 1, joined
    return runs


_ATTRIBUTES = (("bold", "1"), ("dim", "2"), ("italic", "3"), ("underline", "4"), ("blink", "5"),
               ("reverse", "7"), ("strike", "9"))  # fmt: skip

_OFF = {"1": "22", "2": "22", "3": "23", "4": "24", "5": "25", "7": "27", "9": "29"}

_SHOWN_ON_BLANKS = {"4", "7", "9"}


class AnsiStyle(NamedTuple):
    """How characters are written: codes as in ESC [ … m.

    `None` for a colour means that any will do, as for blanks.
    """

    background: str = "49"
    attributes: tuple[str, ...] = ()
    colour: str = "39"

    def with_colour_of(self, current: AnsiStyle) -> AnsiStyle:
        """This pen after another: if any colour will do, with the one in force."""
        if self.colour:
            return self
        attributes = tuple(code for code in current.attributes if code not in _SHOWN_ON_BLANKS)
        return AnsiStyle(self.background, attributes, current.colour)

    @property
    def shows_on_blanks(self) -> bool:
        """Whether a blank written with it differs from an erased one."""
        return not _SHOWN_ON_BLANKS.isdisjoint(self.attributes)

    def sequence_to(self, other: AnsiStyle) -> str:
        """The sequence that switches to another pen."""
        lost = {_OFF[code] for code in self.attributes if code not in other.attributes}
        # Ending one attribute may end another: 22 ends both bold and dim.
        kept = () if lost else self.attributes
        codes = [*sorted(lost), *(code for code in other.attributes if code not in kept)]
        codes += [new for old, new in zip(self[::2], other[::2]) if old != new]
        return f"\x1b[{';'.join(codes)}m" if codes else ""

    def cost_to(self, other: AnsiStyle, saved: AnsiStyle | None = None) -> int:
        """How many bytes a switch to another pen takes; with a saved pen the cursor goes home."""
        return 4 if other == saved != self else len(self.sequence_to(other.with_colour_of(self)))


PLAIN = AnsiStyle()
"""The terminal's own pen."""


class AnsiStyles(dict[str, tuple[AnsiStyle, AnsiStyle]]):
    """The pens by role: that of characters, and that of blanks, which have a background and no colour."""

    def __init__(self, style: Callable[[str], Style], colours: str | None) -> None:
        super().__init__()
        self._style = style
        self._system = COLOR_SYSTEMS[colours or "truecolor"]  # as Textual takes it

    def __missing__(self, role: str) -> tuple[AnsiStyle, AnsiStyle]:
        ansi_style = _to_ansi_style(self._style(role), self._system)
        seen = not _SHOWN_ON_BLANKS.isdisjoint(ansi_style.attributes)
        self[role] = ansi_style, ansi_style if seen else AnsiStyle(ansi_style.background, (), "")
        return self[role]


def _to_ansi_style(style: Style, system: ColorSystem) -> AnsiStyle:
    """The pen of a style. Rich's own rendering caches the codes of the first colour depth that it meets."""
    attributes = tuple(code for name, code in _ATTRIBUTES if getattr(style, name))
    return AnsiStyle(
        _codes(style.bgcolor, system, False) or "49", attributes, _codes(style.color, system, True) or "39"
    )


def _codes(colour: Color | None, system: ColorSystem, foreground: bool) -> str:
    return "" if colour is None else ";".join(colour.downgrade(system).get_ansi_codes(foreground))


def common_style(ansi_styles: Sequence[AnsiStyle]) -> AnsiStyle | None:
    """The one pen that can write all these cells; None if there is none."""
    if any(each.background != ansi_styles[0].background for each in ansi_styles):
        return None
    coloured = {each for each in ansi_styles if each.colour}
    if not coloured:
        return ansi_styles[0]
    only = coloured.pop()
    if coloured or not all(
        each.colour or _SHOWN_ON_BLANKS.isdisjoint(only.attributes) for each in ansi_styles
    ):
        return None
    return only


@lru_cache(maxsize=512)
def order_styles(
    ansi_styles: frozenset[AnsiStyle], current: AnsiStyle, saved: AnsiStyle | None
) -> tuple[AnsiStyle, ...]:
    """An order in which each pen is similar to the next; blanks come after all pens that may write them in
    passing.
    """
    # Pens far from most others are taken while they are near.
    far = {ansi_style: sum(each.cost_to(ansi_style) for each in ansi_styles) for ansi_style in ansi_styles}
    order: list[AnsiStyle] = []
    here = current
    while ansi_styles:
        backgrounds = {ansi_style.background for ansi_style in ansi_styles if ansi_style.colour}
        ready = [
            ansi_style
            for ansi_style in ansi_styles
            if ansi_style.colour or ansi_style.background not in backgrounds
        ]
        best = min(
            ready,
            key=lambda ansi_style: (
                2 * len(far) * here.cost_to(ansi_style, saved) - far[ansi_style],
                ansi_style,
            ),
        )
        order.append(best)
        here, ansi_styles = best.with_colour_of(here), ansi_styles - {best}
    # A recording has time to search further; a screen has not.
    return tuple(order) if saved is None else _improved_order(tuple(order), current, saved)


def _improved_order(
    order: tuple[AnsiStyle, ...], current: AnsiStyle, saved: AnsiStyle
) -> tuple[AnsiStyle, ...]:
    """The order with one pen after the other moved to another place, as long as that takes fewer bytes."""

    def cost(pens: tuple[AnsiStyle, ...]) -> int:
        here, total = current, 0
        for pen in pens:
            total += here.cost_to(pen, saved)
            here = pen.with_colour_of(here)
        return total

    places = range(len(order))
    best = cost(order)
    while True:
        rests = ((order[:at] + order[at + 1 :], order[at]) for at in places)
        moved = ((*rest[:to], pen, *rest[to:]) for rest, pen in rests for to in places)
        found = min(filter(_blanks_are_last, moved), key=cost, default=order)
        if cost(found) >= best:
            return order
        order, best = found, cost(found)


def _blanks_are_last(order: tuple[AnsiStyle, ...]) -> bool:
    """Whether blanks come after all pens of their background that may write them in passing."""
    return all(
        pen.colour or all(later.background != pen.background or not later.colour for later in order[at:])
        for at, pen in enumerate(order)
    )


_TAB = 8

FillBetween = Callable[[int, int], str | None]
"""What to write between two columns instead of a move; None if nothing can be."""


class AnsiWriter:
    """Writes output and keeps track of the cursor and the pen in force.

    By default it writes what every terminal understands, begins wherever the cursor is, and ends with the
    default pen. With a saved pen it writes a recording, for an xterm as described by terminfo: tabs are eight
    columns wide, and erased cells have the pen's background. The cursor, in the upper left corner, and the
    pen have just been saved; and because all output is shown in sequence, nothing has to be reset.
    """

    def __init__(self, width: int, saved_style: AnsiStyle | None = None) -> None:
        self.saved_style, self.ansi_style = saved_style, saved_style or PLAIN
        self._width = width
        self._x, self._y = 0, 0 if saved_style else -1
        self._parts: list[str] = []

    @property
    def can_erase(self) -> bool:
        """Whether blanks can be made by erasing."""
        return self.saved_style is not None

    def take_output(self) -> str:
        """All output since the last call."""
        if self._parts and not self.saved_style:
            self._parts.append("\x1b[m")
        data = "".join(self._parts)
        self._parts = []
        return data

    def write(self, text: str, x: int) -> None:
        """Write text, which leaves the cursor in `column`."""
        self._parts.append(text)
        self._x = x

    def move_to(self, x: int, y: int, ansi_style: AnsiStyle, fill_between: FillBetween) -> int:
        """Go to a place with a pen. Returns the column from which cells were written to get there."""
        if ansi_style == self.saved_style != self.ansi_style:
            # Saved again: some players forget it.
            self._parts.append("\x1b8\x1b7")
            self._x, self._y, self.ansi_style = 0, 0, ansi_style
        move, text = min(
            self._moves(x, y, fill_between),
            key=lambda candidate: len(candidate[0]) + len(candidate[1].encode()),
        )
        self._parts += move, self.ansi_style.sequence_to(ansi_style), text
        self._x, self._y, self.ansi_style = x, y, ansi_style
        return x - len(text)

    def _moves(self, x: int, y: int, fill_between: FillBetween) -> Iterator[tuple[str, str]]:
        """Moves, and what to write after each."""
        # Absolute: a character that a terminal draws too wide must not shift what follows.
        yield f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H", ""
        down = y - self._y
        if self._y < 0 or (down < 0 and not self.saved_style):
            return
        if down >= 0:
            yield "\n" * down + f"\x1b[{x + 1}G", ""
        for line_move, start in self._line_moves(down):
            for move, text in self._column_moves(start, x, fill_between):
                yield line_move + move, text

    def _line_moves(self, down: int) -> Iterator[tuple[str, int]]:
        """The ways to another line, each with the column it ends in."""
        number = abs(down) if abs(down) > 1 else ""
        # After the last column, terminals disagree about the cursor's position.
        inside = self._x < self._width
        if down == 0 and inside:
            yield "", self._x
        if down > 0:
            yield "\r" + "\n" * down, 0
        if down > 0 and self.saved_style:
            yield f"\x1b[{number}E", 0
        if down > 0 and self.saved_style and inside:
            # A form feed is a line feed that no terminal driver turns into a new line.
            yield min("\f" * down, f"\x1b[{number}B", key=len), self._x
        if down < 0:
            yield f"\x1b[{number}F", 0
        if down < 0 and inside:
            yield f"\x1b[{number}A", self._x

    def _column_moves(self, start: int, x: int, fill_between: FillBetween) -> Iterator[tuple[str, str]]:
        """The moves along a line, and what to write after each."""
        stop = max(x // _TAB * _TAB, start) if self.saved_style else start
        tabs = "\t" * (stop // _TAB - start // _TAB)
        text = fill_between(stop, x)
        if text is not None:
            yield tabs, text
        if self.saved_style and x != start:
            number = abs(x - start) if abs(x - start) > 1 else ""
            yield f"\x1b[{number}{'C' if x > start else 'D'}", ""
            if x < start:
                yield "\b" * (start - x), ""
            elif stop // _TAB * _TAB + _TAB < self._width:
                yield tabs + "\t" + "\b" * (stop // _TAB * _TAB + _TAB - x), ""
