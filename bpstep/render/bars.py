"""A caption below the screen, and beside it the keys that were pressed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.cells import cell_len

from bpstep.actions import ACTIONS, BY_ID, first_key, key_name
from bpstep.explain.numbers import format_count, format_short
from bpstep.render import messages
from bpstep.render.canvas import Canvas, Region, Run, clip, wrap
from bpstep.render.heading import modes_width
from bpstep.render.layout import fits
from bpstep.render.theme import Theme
from bpstep.render.view_state import View
from bpstep.session.frame import Frame
from bpstep.text import fill

if TYPE_CHECKING:
    from bpstep.engine.micro.state import PartialStep

_KEYS_WIDTH = 16
"""Cells that the keys have, beside the caption."""

_MIN_LINES = 2

_KEPT_AT_EACH_END = 64
"""Keys of a line that are known from its beginning, and from its end."""

_KEY_NAMES = {"enter": "Enter", "escape": "Escape", "tab": "Tab", "space": "Space", "backspace": "Backspace"}


def reserved_lines(captions: Iterable[str], width: int, has_hint: bool = False) -> int:
    """Lines to keep for captions so that nothing moves when they change; 0 where there is nothing to show."""
    needed = max((len(_wrap_caption(text, width)) for text in captions), default=0)
    return max(needed, _MIN_LINES) if needed or has_hint else 0


def draw_with_caption(
    canvas: Canvas, height: int, lines: int, caption: str, pressed: str, hint: str, theme: Theme
) -> Canvas:
    """A screen of `height` lines, the last a caption, beside it the keys pressed, under them a hint."""
    captioned_canvas = Canvas(canvas.width, height)
    captioned_canvas.paste(canvas, 0, 0)
    if lines and fits(captioned_canvas.width, height):
        top = height - lines
        captioned_canvas.fill(Region(0, top, canvas.width, lines), "caption")
        for y, line in enumerate(_wrap_caption(caption, canvas.width)[:lines], top):
            captioned_canvas.put(1, y, theme.to_displayable(line), "caption")
        keys = _shorten_middle(pressed, _KEYS_WIDTH - 4, theme.glyphs.ellipsis)
        if keys:
            captioned_canvas.put(canvas.width - cell_len(keys) - 3, top, f" {keys} ", "pressed")
        captioned_canvas.put(canvas.width - cell_len(hint) - 1, height - 1, hint, "caption")
    return captioned_canvas


class PressedKeys:
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
        if len(self._groups) > 2 * _KEPT_AT_EACH_END:
            del self._groups[_KEPT_AT_EACH_END]
            self._is_cut = True

    def to_text(self, theme: Theme) -> str:
        """As a person reads them: `n*4`, `e 0.5 Enter`."""
        words: list[str] = []
        in_text = False
        for at, ((key, typed), times) in enumerate(self._groups):
            if self._is_cut and at == _KEPT_AT_EACH_END:
                words, in_text = [*words, theme.glyphs.ellipsis], False
            if typed:
                characters = (" " if key == "space" else key) * times
                words = [*words[:-1], words[-1] + characters] if in_text else [*words, characters]
            else:
                words.append(_key_label(key, theme) + (f"*{times}" if times > 1 else ""))
            in_text = typed
        return " ".join(words)


def _key_label(key: str, theme: Theme) -> str:
    is_ascii_arrow = key in ("left", "right", "up", "down") and theme.ascii
    return key if is_ascii_arrow else _KEY_NAMES.get(key, key_name(key))


def _wrap_caption(text: str, width: int) -> list[str]:
    return wrap(text, max(width - _KEYS_WIDTH - 1, 20)) if text else []


def _shorten_middle(text: str, width: int, ellipsis: str) -> str:
    """The first key and the end of a text, where all of it has no room."""
    if cell_len(text) <= width:
        return text
    first = text.partition(" ")[0]
    head = (first if cell_len(first) <= width // 2 else text[:1]) + ellipsis
    return head + clip(text[::-1], width - cell_len(head), "")[::-1]


FOOTER_ACTIONS = (
    "next",
    "back",
    "into",
    "next_phase",
    "next_iteration",
    "why",
    "zoom",
    "edit",
    "go",
    "undo",
    "next_pane",
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

PERMANENT_ACTIONS = ("help", "quit")
"""The two that are always there."""


def draw_footer(view: View, theme: Theme, width: int) -> Canvas:
    """One line."""
    canvas = Canvas(width, 1)
    canvas.put(0, 0, " " * width, "text on bar")
    if view.count:
        canvas.put(1, 0, clip(_format_count(view, theme), width - 2, theme.glyphs.ellipsis), "key on bar")
        return canvas
    if view.message:
        role = "alert on bar" if view.alert else "bright on bar"
        canvas.put(1, 0, clip(view.message, width - 2, theme.glyphs.ellipsis), role)
        return canvas
    x = 1
    permanent = [_key_and_label(name, view) for name in PERMANENT_ACTIONS]
    room = width - sum(len(key) + len(label) + 3 for key, label in permanent)
    for name in (*view.first_keys, *FOOTER_ACTIONS):
        key, label = _key_and_label(name, view)
        if x + len(key) + len(label) + 3 > room:
            break
        x = _draw_key(canvas, x, key, label, name)
    for name, (key, label) in zip(PERMANENT_ACTIONS, permanent):
        x = _draw_key(canvas, x, key, label, name)
    return canvas


def _format_count(view: View, theme: Theme) -> str:
    """The count typed so far, and what it may be for."""
    keys = [first_key(action, view.keys) for action in ACTIONS if action.repeats and action.group == "Time"]
    return fill(messages.COUNT_KEYS, count=view.count, ellipsis=theme.glyphs.ellipsis, keys=", ".join(keys))


def _key_and_label(action_id: str, view: View) -> tuple[str, str]:
    action = BY_ID[action_id]
    return first_key(action, view.keys), fill(action.label)


def _draw_key(canvas: Canvas, x: int, key: str, label: str, name: str) -> int:
    canvas.add_hit(x, 0, len(key) + len(label) + 1, ("action", name))
    x = canvas.put(x, 0, key, "key on bar")
    return canvas.put(x, 0, f" {label}  ", "text on bar")


_ON_BAR = " on bar"

_MIN_NAME_WIDTH = 5
"""Cells that are worth a part of a network's name."""

_RUNS_WITHOUT_CHANGE = 4
"""Runs of the moment that say more than by how much E has changed."""

_NARROW_WITH_MODES = 100

_NARROW = 76
"""Below this width the step is a fraction and the program's name gives way; below the other where modes
need the room."""


def draw_title(frame: Frame, theme: Theme, width: int, modes: tuple[str, ...] = ()) -> Canvas:
    """One line; `modes` stand after the network's name."""
    canvas = Canvas(width, 1)
    canvas.put(0, 0, " " * width, "text" + _ON_BAR)
    narrow = width < (_NARROW_WITH_MODES if modes else _NARROW)
    right = _position_runs(frame, theme, narrow)
    badge = "" if narrow else f" {fill(messages.TITLE_PROGRAM)} "
    room = width - 1 - modes_width(modes[:2])
    # The program's name gives way to the network's.
    name_width = cell_len(frame.network.name) + 2
    for shown, needed in (
        ((badge, right), name_width),
        (("", right), 0),
        (("", right[:_RUNS_WITHOUT_CHANGE]), 0),
    ):
        if len(shown[0]) + _runs_width(shown[1]) + needed <= room:
            badge, right = shown
            break
    while right and modes_width(modes[:1]) > width - _runs_width(right) - 1 - len(badge):
        # The first of them is never left out: loss, phase and step make room for it in turn.
        badge, right = "", right if badge else right[: min(len(right) - 1, 2)]
    space = width - _runs_width(right) - 1
    x = canvas.put(0, 0, badge, "pointed")
    canvas.put_runs(x, 0, _network_runs(frame, theme, space - x, modes))
    canvas.put_runs(space, 0, right)
    return canvas


def _network_runs(frame: Frame, theme: Theme, space: int, modes: tuple[str, ...]) -> list[Run]:
    net = frame.network
    kinds = ", ".join(dict.fromkeys(layer.activation for layer in net.layers))
    dot = theme.pick("·", "-")
    while modes and modes_width(modes) > space:
        modes = modes[:-1]
    room = space - 1 - modes_width(modes)
    name = (
        clip(f" {net.script.file if net.script is not None else net.name}", room, theme.glyphs.ellipsis) + " "
        if room >= _MIN_NAME_WIDTH or not modes
        else ""
    )
    runs = [(name, "bright" + _ON_BAR)]
    for mode in modes:
        runs += [(f" {mode} ", "pointed"), (" ", "text" + _ON_BAR)]
    left = room - cell_len(name)
    described = [f" {dot} {text}" for text in (kinds, net.loss) if text and net.script is None]
    for text in (net.size_text if net.layers else "", *described):
        if len(text) > left:
            break
        runs.append((text, "quiet" + _ON_BAR))
        left -= len(text)
    return runs


def _runs_width(runs: list[Run]) -> int:
    return sum(cell_len(text) for text, _ in runs)


def _position_runs(frame: Frame, theme: Theme, narrow: bool) -> list[Run]:
    """Iteration, step, phase and loss, in columns that stay."""
    done = f"{frame.done:>{len(str(frame.period))}}"
    if frame.inside:
        template = messages.STEP_INSIDE_SHORT if narrow else messages.STEP_INSIDE
        step = fill(template, done=done, inside=_micro_progress(frame.inside))
    else:
        step = fill(messages.STEP_SHORT if narrow else messages.STEP, done=done, total=frame.period)
    phase = fill(frame.phase if frame.current_step else messages.PHASE_START)
    runs = [
        (f"{fill(messages.ITERATION, iteration=frame.iteration)}  {step}  ", "text" + _ON_BAR),
        (f"{phase:<8}  ", "bright" + _ON_BAR),
    ]
    return runs + _loss_runs(frame, theme)


def _micro_progress(inside: PartialStep) -> str:
    """How much of the next equation is done."""
    return f"{format_count(inside.k)}/{format_count(inside.total)}"


def loss_label(frame: Frame) -> str:
    """What the loss is called where its value stands beside; empty where the program has none."""
    name = frame.program.loss
    return clip(name, _MAX_LABEL)


_MAX_LABEL = 8


def _loss_runs(frame: Frame, theme: Theme) -> list[Run]:
    if frame.first_nonfinite:
        return [(f" {fill(messages.FIRST_NONFINITE, name=frame.first_nonfinite)} ", "alert" + _ON_BAR)]
    label = loss_label(frame)
    if not label:
        return []
    value = frame.tensors.get(frame.program.loss)
    if value is None:
        return [
            (f"{label} ", "text" + _ON_BAR),
            (f"{theme.pick('·', '.'):<7}", "coming" + _ON_BAR),
            (" " * 8, "text" + _ON_BAR),
        ]
    runs = [(f"{label} ", "text" + _ON_BAR), (f"{format_short(float(value)):<7}", "bright" + _ON_BAR)]
    if frame.previous_loss is None:
        return [*runs, (" " * 8, "text" + _ON_BAR)]
    change = float(value) - float(frame.previous_loss)
    sign = theme.pick("↓", "-") if change < 0 else theme.pick("↑", "+") if change > 0 else "="
    return [*runs, (f"{sign}{format_short(abs(change)) if change else '':<7}", "quiet" + _ON_BAR)]
