"""The user's settings: `config.toml` in the configuration folder, checked like a network file."""

from __future__ import annotations

from dataclasses import field
from pathlib import Path

from bpstep import defaults
from bpstep.actions import BY_ID, NAMED_KEYS, keymap
from bpstep.files import is_there
from bpstep.frozen import frozen
from bpstep.netfile.document import load_document
from bpstep.netfile.table import Table
from bpstep.text import fill, quoted
from bpstep.ui import messages

NUMBER_FORMAT_NAMES = ("4 decimals", "8 decimals", "scientific", "exact")
TABLE_NAMES = ("heat", "summary")

KeyBindings = dict[str, tuple[str, ...]]


@frozen
class Settings:
    """How the debugger starts. Command-line options override it."""

    at: str = "0"
    theme: str = defaults.THEMES[0]
    ascii: bool = False
    no_color: bool = False
    no_mouse: bool = False
    number_format: str = NUMBER_FORMAT_NAMES[0]
    keys: KeyBindings = field(default_factory=dict)
    at_source: str = ""
    """The file and line of `at`, as file:line; empty if it is not from a file."""


def read_settings(path: Path) -> Settings:
    """The settings in a file; the defaults if there is none. FileError names the wrong line."""
    if not is_there(path):
        return Settings()
    document = load_document(path)
    table = Table(document, (), document.values)
    table.refuse_unknown([name for name in Settings.__dataclass_fields__ if name != "at_source"])
    return Settings(
        at=table.text("at", Settings.at),
        theme=table.one_of("theme", defaults.THEMES, Settings.theme),
        ascii=table.flag("ascii", Settings.ascii),
        no_color=table.flag("no_color", Settings.no_color),
        no_mouse=table.flag("no_mouse", Settings.no_mouse),
        number_format=table.one_of(
            "number_format", (*NUMBER_FORMAT_NAMES, *TABLE_NAMES), Settings.number_format
        ),
        keys=_keys(table.table("keys")),
        at_source=f"{path}:{table.error('at', '').line}" if "at" in table else "",
    )


def _keys(table: Table) -> KeyBindings:
    table.refuse_unknown([*BY_ID])
    changed: KeyBindings = {}
    for name, value in table.values.items():
        keys = [value] if isinstance(value, str) else value
        if not isinstance(keys, list) or not keys or not all(_is_key(key) for key in keys):
            wrong = next((key for key in keys if not _is_key(key)), "") if isinstance(keys, list) else ""
            raise table.value_error(name, _expected_instead_of(wrong))
        changed[name] = tuple(keys)
    _reject_conflicts(table, changed)
    return changed


def _expected_instead_of(key: object) -> str:
    """What to write instead of a text that is not a key."""
    text = key if isinstance(key, str) else ""
    modifiers, _, last = text.lower().rpartition("+")
    if len(text) == 1 and text in "0123456789":
        return fill(messages.EXPECTED_NO_DIGIT)
    if text == " ":
        return fill(messages.EXPECTED_KEY_NAME, key=quoted("space"))
    if modifiers == "shift" and len(last) == 1 and last.isalpha():
        return fill(messages.EXPECTED_CAPITAL, key=quoted(last.upper()))
    if text.lower() in NAMED_KEYS:
        return fill(messages.EXPECTED_KEY_NAME, key=quoted(text.lower()))
    return fill(messages.EXPECTED_KEYS)


def _is_key(key: object) -> bool:
    """True for a character other than a digit, and for a key's name as the table of actions writes it."""
    if not isinstance(key, str):
        return False
    return (len(key) == 1 and key.isprintable() and key not in " 0123456789") or key in NAMED_KEYS


def _reject_conflicts(table: Table, changed: KeyBindings) -> None:
    """FileError if two actions have the same key, changed or not."""
    actions = keymap(changed)
    for name, keys in changed.items():
        for key in keys:
            if actions[key] != name:
                raise table.error(name, fill(messages.KEY_CONFLICT, key=key, action=actions[key]))
    taken = {key for keys in changed.values() for key in keys}
    for action in BY_ID.values():
        if action.id not in changed and taken & set(action.keys):
            key = next(key for key in action.keys if key in taken)
            name = next(name for name, keys in changed.items() if key in keys)
            raise table.error(name, fill(messages.KEY_TAKEN, key=key, action=action.id))
