"""Every key and what it does, from the table of actions."""

from __future__ import annotations

from collections.abc import Container

from bpstep.actions import ACTIONS, BY_ID, Action, key_name
from bpstep.render import messages
from bpstep.render.canvas import Canvas, clip, wrap
from bpstep.render.heading import ScreenHeader, draw_header
from bpstep.render.lists.list import ListLine, ListPosition
from bpstep.render.messages import COUNT_HELP, LEGEND, LEGEND_WITH_RAILS, SIGNS_TITLE
from bpstep.render.status_message import draw_message
from bpstep.render.theme import Theme
from bpstep.text import fill

_KEY_COLUMN_WIDTH = 16
"""The cells of a line beside the sentence."""


def action_lines(
    key_overrides: dict[str, tuple[str, ...]], hidden: Container[str] = ()
) -> list[tuple[str, Action | None]]:
    """The list: a group's name alone, or an action under it."""
    found: list[tuple[str, Action | None]] = []
    group = ""
    for action in ACTIONS:
        if action.id in hidden:
            continue
        if action.group != group:
            group = action.group
            found.append((group, None))
        found.append((" ".join(key_name(key) for key in key_overrides.get(action.id, action.keys)), action))
    return found


def key_names(action: Action, key_overrides: dict[str, tuple[str, ...]], theme: Theme) -> str:
    """An action's keys as people write them."""
    return _to_ascii(" ".join(key_name(key) for key in key_overrides.get(action.id, action.keys)), theme)


def _to_ascii(names: str, theme: Theme) -> str:
    return "".join(_ASCII_ARROWS.get(character, character) for character in names) if theme.ascii else names


_ASCII_ARROWS = {"←": "left", "→": "right", "↑": "up", "↓": "down"}


def help_entries(
    theme: Theme,
    key_overrides: dict[str, tuple[str, ...]],
    hidden: Container[str] = (),
    on_rails: bool = False,
) -> list[tuple[str, str, str, Action | None]]:
    """Key, text, role of the key, and the action if the line stands for one."""
    found: list[tuple[str, str, str, Action | None]] = [(fill(SIGNS_TITLE), "", "bright", None)]
    found += [
        (theme.pick(unicode_text, ascii_text), fill(text), role, None)
        for unicode_text, ascii_text, role, text in (LEGEND_WITH_RAILS if on_rails else LEGEND)
    ]
    found += [("", "", "text", None), ("", fill(COUNT_HELP), "text", None)]
    for key, action in action_lines(key_overrides, hidden):
        if action is None:
            found += [("", "", "text", None), (fill(key), "", "bright", None)]
        elif key:
            found.append((key, fill(action.help), "key", action))
        else:
            palette_keys = key_names(BY_ID["palette"], key_overrides, theme)
            found.append((palette_keys, _title_and_sentence(action), "key", action))
    return found


def _title_and_sentence(action: Action) -> str:
    """Its description, preceded by its name among the commands, for an action without a key."""
    return fill(messages.COMMAND_AND_HELP, title=fill(action.title), help=fill(action.help))


def help_lines(
    theme: Theme,
    key_overrides: dict[str, tuple[str, ...]],
    width: int,
    hidden: Container[str],
    on_rails: bool = False,
) -> list[ListLine]:
    """The lines of the help screen; a line for an action can be selected."""
    found: list[ListLine] = []
    for key, text, role, action in help_entries(theme, key_overrides, hidden, on_rails):
        shown = theme.to_displayable(text)
        room = max(width - _KEY_COLUMN_WIDTH, 1)
        for at, line in enumerate(wrap(shown, room) or [""]):
            name = "" if at else _to_ascii(key, theme)
            found.append(ListLine(((f"{name:<13}", role), (line, "text")), None if at else action, at > 0))
    return found


_LINES_PER_ENTRY = 2
"""The lines of an entry: its name with its keys, and its sentence."""

_SENTENCE_LINES = 2
"""The lines below the list for a sentence that does not fit into its line."""


def matching_actions(text: str, hidden: Container[str] = ()) -> list[Action]:
    """The commands whose name or sentence contains every word; matches of the name come first."""
    words = text.lower().split()
    found = [
        action
        for action in ACTIONS
        if action.id not in ("palette", "close")
        and action.id not in hidden
        and all(word in f"{fill(action.title)} {fill(action.help)}".lower() for word in words)
    ]
    return sorted(found, key=lambda action: _rank(action, text.strip().lower()))


def _rank(action: Action, text: str) -> int:
    title = fill(action.title)
    return 0 if title == text else 1 if title.startswith(text) else 2 if text in title else 3


def visible_entry_count(width: int, height: int) -> int:
    """How many entries a screen shows at once."""
    cut = any(len(fill(action.help)) > width - 4 for action in ACTIONS)
    return max((height - 2 - cut * _SENTENCE_LINES) // _LINES_PER_ENTRY, 1)


def draw_palette(
    theme: Theme,
    key_overrides: dict[str, tuple[str, ...]],
    size: tuple[int, int],
    modes: tuple[str, ...],
    actions: list[Action],
    position: ListPosition,
) -> Canvas:
    """The screen; the last line is left for input."""
    (width, height), top, chosen = size, position.top, position.chosen
    canvas = Canvas(width, height)
    draw_header(canvas, theme, ScreenHeader(fill(messages.TITLE_PALETTE), fill(messages.HINT_PALETTE), modes))
    for at, action in enumerate(actions[top : top + visible_entry_count(width, height)], top):
        y = 1 + (at - top) * _LINES_PER_ENTRY
        role = "pointed" if at == chosen else "bright"
        marker = theme.pick("▶", ">") if at == chosen else " "
        canvas.put(1, y, f"{marker} {fill(action.title)} ", role)
        keys = key_names(action, key_overrides, theme)
        canvas.put(width - len(keys) - 2, y, keys, "key")
        told = fill(action.help)
        canvas.put(3, y + 1, clip(theme.to_displayable(told), width - 4, theme.glyphs.ellipsis), "text")
        for line in (y, y + 1):
            canvas.add_hit(0, line, width, ("command", action.id))
        if at == chosen and len(told) > width - 4:
            draw_message(canvas, told, "bright on bar", theme, above=1, max_lines=_SENTENCE_LINES)
    if not actions:
        canvas.put(3, 1, fill(messages.NO_COMMAND), "text")
    return canvas
