"""A caption below the screen, and beside it the keys that were pressed."""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len

from bpstep.actions import ACTIONS, BY_ID, first_key
from bpstep.engine.micro.state import Inside
from bpstep.explain.numbers import short
from bpstep.render.canvas import Canvas, Region, Run, clip, wrap
from bpstep.render.layout import fits
from bpstep.render.lists.help import key_name
from bpstep.render.theme import Look
from bpstep.render.view_state import View
from bpstep.session.frame import Frame

_KEYS = 16
"""Cells that the keys have, beside the caption."""

_USUAL = 2

_AT_AN_END = 64
"""Keys of a line that are known from its beginning, and from its end."""

_NAMES = {"enter": "Enter", "escape": "Escape", "tab": "Tab", "space": "Space", "backspace": "Backspace"}


def lines_kept(captions: Iterable[str], width: int, hinted: bool = False) -> int:
    """Lines to keep for captions so that nothing moves when they change; 0 where there is nothing to show."""
    needed = max((len(_wrapped(text, width)) for text in captions), default=0)
    return max(needed, _USUAL) if needed or hinted else 0


def captioned(
    canvas: Canvas, height: int, lines: int, caption: str, pressed: str, hint: str, look: Look
) -> Canvas:
    """A screen of `height` lines, the last a caption, beside it the keys pressed, under them a hint."""
    found = Canvas(canvas.width, height)
    found.paste(canvas, 0, 0)
    if lines and fits(found.width, height):
        top = height - lines
        found.fill(Region(0, top, canvas.width, lines), "caption")
        for y, line in enumerate(_wrapped(caption, canvas.width)[:lines], top):
            found.put(1, y, look.plain(line), "caption")
        keys = _ends(pressed, _KEYS - 4, look.glyphs.dots)
        if keys:
            found.put(canvas.width - cell_len(keys) - 3, top, f" {keys} ", "pressed")
        found.put(canvas.width - cell_len(hint) - 1, height - 1, hint, "caption")
    return found


class Presses:
    """The keys of a line as they are pressed; of a long line its beginning and its end."""

    def __init__(self) -> None:
        self._groups: list[tuple[tuple[str, bool], int]] = []
        self._is_cut = False

    def add(self, press: tuple[str, bool]) -> None:
        """A key, and whether it is a character of a text."""
        if self._groups and self._groups[-1][0] == press:
            self._groups[-1] = press, self._groups[-1][1] + 1
        else:
            self._groups.append((press, 1))
        if len(self._groups) > 2 * _AT_AN_END:
            del self._groups[_AT_AN_END]
            self._is_cut = True

    def shown(self, look: Look) -> str:
        """As a person reads them: `n*4`, `e 0.5 Enter`."""
        words: list[str] = []
        in_text = False
        for at, ((key, typed), times) in enumerate(self._groups):
            if self._is_cut and at == _AT_AN_END:
                words, in_text = [*words, look.glyphs.dots], False
            if typed:
                characters = (" " if key == "space" else key) * times
                words = [*words[:-1], words[-1] + characters] if in_text else [*words, characters]
            else:
                words.append(_name(key, look) + (f"*{times}" if times > 1 else ""))
            in_text = typed
        return " ".join(words)


def _name(key: str, look: Look) -> str:
    arrows = key in ("left", "right", "up", "down") and look.ascii
    return key if arrows else _NAMES.get(key, key_name(key))


def _wrapped(text: str, width: int) -> list[str]:
    return wrap(text, max(width - _KEYS - 1, 20)) if text else []


def _ends(text: str, width: int, dots: str) -> str:
    """The first key and the end of a text, where all of it has no room."""
    if cell_len(text) <= width:
        return text
    first = text.partition(" ")[0]
    head = (first if cell_len(first) <= width // 2 else text[:1]) + dots
    return head + clip(text[::-1], width - cell_len(head), "")[::-1]


FIRST = (
    "next",
    "back",
    "into",
    "next_phase",
    "next_iteration",
    "go",
    "edit",
    "undo",
    "why",
    "next_pane",
    "zoom",
    "number_format",
    "find",
    "furthest",
    "play",
    "continue",
    "breakpoint",
    "watch",
    "restart",
    "mark",
)
"""The actions of the last line, the most useful first."""

LAST = ("help", "quit")
"""The two that are always there."""


def footer(view: View, look: Look, width: int) -> Canvas:
    """One line."""
    canvas = Canvas(width, 1)
    canvas.put(0, 0, " " * width, "text on bar")
    if view.count:
        canvas.put(1, 0, clip(_counted_keys(view, look), width - 2, look.glyphs.dots), "key on bar")
        return canvas
    if view.message:
        role = "alert on bar" if view.alert else "bright on bar"
        canvas.put(1, 0, clip(view.message, width - 2, look.glyphs.dots), role)
        return canvas
    x = 1
    always = [_named(name, view) for name in LAST]
    room = width - sum(len(key) + len(label) + 3 for key, label in always)
    for name in (*view.first_keys, *FIRST):
        key, label = _named(name, view)
        if x + len(key) + len(label) + 3 > room:
            break
        x = _key(canvas, x, key, label, name)
    for name, (key, label) in zip(LAST, always):
        x = _key(canvas, x, key, label, name)
    return canvas


def _counted_keys(view: View, look: Look) -> str:
    """The count typed so far, and what it may be for."""
    keys = [first_key(action, view.keys) for action in ACTIONS if action.repeats and action.group == "Time"]
    return f"{view.count} {look.glyphs.dots}  then {', '.join(keys)} or an arrow"


def _named(action_id: str, view: View) -> tuple[str, str]:
    action = BY_ID[action_id]
    return first_key(action, view.keys), action.label


def _key(canvas: Canvas, x: int, key: str, label: str, name: str) -> int:
    canvas.hit(x, 0, len(key) + len(label) + 1, ("action", name))
    x = canvas.put(x, 0, key, "key on bar")
    return canvas.put(x, 0, f" {label}  ", "text on bar")


_BAR = " on bar"

_LEAST_NAME = 5
"""Cells that are worth a part of a network's name."""

_WITHOUT_CHANGE = 4
"""Runs of the moment that say more than by how much E has changed."""

_MANY = 100_000
"""A count of so many operations is rounded."""

_BUSY = 100

_NARROW = 76
"""Below this width the step is a fraction and the program's name gives way; below the other where modes
need the room."""


def title(frame: Frame, look: Look, width: int, modes: tuple[str, ...] = ()) -> Canvas:
    """One line; `modes` stand after the network's name."""
    canvas = Canvas(width, 1)
    canvas.put(0, 0, " " * width, "text" + _BAR)
    narrow = width < (_BUSY if modes else _NARROW)
    right = _moment(frame, look, narrow)
    badge, room = "" if narrow else " bpstep ", width - 1 - _taken(modes[:2])
    for kept in (badge, right), ("", right), ("", right[:_WITHOUT_CHANGE]):
        if len(kept[0]) + _length(kept[1]) <= room:
            badge, right = kept
            break
    while right and _taken(modes[:1]) > width - _length(right) - 1 - len(badge):
        # The first of them is never left out: loss, phase and step make room for it in turn.
        badge, right = "", right if badge else right[: min(len(right) - 1, 2)]
    space = width - _length(right) - 1
    x = canvas.put(0, 0, badge, "pointed")
    canvas.runs(x, 0, _network(frame, look, space - x, modes))
    canvas.runs(space, 0, right)
    return canvas


def _network(frame: Frame, look: Look, space: int, modes: tuple[str, ...]) -> list[Run]:
    net = frame.network
    kinds = ", ".join(dict.fromkeys(layer.activation for layer in net.layers))
    dot = look.pick("·", "-")
    while modes and _taken(modes) > space:
        modes = modes[:-1]
    room = space - 1 - _taken(modes)
    name = clip(f" {net.name}", room, look.glyphs.dots) + " " if room >= _LEAST_NAME or not modes else ""
    runs = [(name, "bright" + _BAR)]
    for mode in modes:
        runs += [(f" {mode} ", "pointed"), (" ", "text" + _BAR)]
    left = room - cell_len(name)
    for text in ("-".join(map(str, net.sizes)), f" {dot} {kinds}", f" {dot} {net.loss}"):
        if len(text) > left:
            break
        runs.append((text, "quiet" + _BAR))
        left -= len(text)
    return runs


def _length(runs: list[Run]) -> int:
    return sum(cell_len(text) for text, _ in runs)


def _taken(modes: tuple[str, ...]) -> int:
    return sum(cell_len(mode) + 3 for mode in modes)


def _moment(frame: Frame, look: Look, narrow: bool) -> list[Run]:
    """Iteration, step, phase and loss, in columns that stay."""
    done = f"{frame.done:>{len(str(frame.period))}}"
    step = f"{done}/{frame.period}" if narrow else f"step {done} of {frame.period}"
    if frame.inside:
        step = f"{done}+{_part(frame.inside)}" if narrow else f"step {done} + {_part(frame.inside)}"
    phase = frame.phase if frame.at_work else "start"
    runs = [
        (f"iteration {frame.iteration:,}  {step}  ", "text" + _BAR),
        (f"{phase:<8}  ", "bright" + _BAR),
    ]
    return runs + _loss(frame, look)


def _part(inside: Inside) -> str:
    """How much of the next equation is done."""
    return f"{_counted(inside.k)}/{_counted(inside.of)}"


def _counted(count: int) -> str:
    """A count in a few cells: 2048, 200k, 12.8M."""
    if count < _MANY:
        return str(count)
    size, unit = (1e6, "M") if count >= 999_500 else (1e3, "k")
    return f"{count / size:.3g}{unit}" if count < 1e9 else f"{count / size:.0f}{unit}"


def _loss(frame: Frame, look: Look) -> list[Run]:
    if frame.first_nonfinite:
        return [(f" first non-finite: {frame.first_nonfinite} ", "alert" + _BAR)]
    value = frame.tensors.get("E")
    if value is None:
        return [
            ("E ", "text" + _BAR),
            (f"{look.pick('·', '.'):<7}", "coming" + _BAR),
            (" " * 8, "text" + _BAR),
        ]
    runs = [("E ", "text" + _BAR), (f"{short(float(value)):<7}", "bright" + _BAR)]
    if frame.previous_loss is None:
        return [*runs, (" " * 8, "text" + _BAR)]
    change = float(value) - float(frame.previous_loss)
    sign = look.pick("↓", "-") if change < 0 else look.pick("↑", "+") if change > 0 else "="
    return [*runs, (f"{sign}{short(abs(change)) if change else '':<7}", "quiet" + _BAR)]
