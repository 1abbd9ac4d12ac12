"""The user's own settings: `config.toml` in the configuration folder, checked like a network file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from bpstep.actions import BY_ID, NAMED_KEYS, keymap
from bpstep.files import is_there
from bpstep.netfile.document import load_document
from bpstep.netfile.table import Table

THEMES = ("dark", "light")

NUMBER_FORMAT_NAMES = ("4 decimals", "8 decimals", "scientific", "exact")

KeyBindings = dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Settings:
    """How the debugger is opened; options on the command line go before these."""

    at: str = "0"
    theme: str = "dark"
    ascii: bool = False
    no_color: bool = False
    no_mouse: bool = False
    number_format: str = NUMBER_FORMAT_NAMES[0]
    keys: KeyBindings = field(default_factory=dict)
    at_source: str = ""
    """Where `at` stands, as file:line; empty where it is not from a file."""


def read_settings(path: Path) -> Settings:
    """The settings in a file; the usual ones where there is none. FileError says what does not hold."""
    if not is_there(path):
        return Settings()
    document = load_document(path)
    table = Table(document, (), document.values)
    table.refuse_unknown([name for name in Settings.__dataclass_fields__ if name != "at_source"])
    return Settings(
        at=table.text("at", "0"),
        theme=table.one_of("theme", THEMES, "dark"),
        ascii=table.flag("ascii", False),
        no_color=table.flag("no_color", False),
        no_mouse=table.flag("no_mouse", False),
        number_format=table.one_of("number_format", NUMBER_FORMAT_NAMES, NUMBER_FORMAT_NAMES[0]),
        keys=_keys(table.table("keys")),
        at_source=f"{path}:{table.error('at', '').line}" if "at" in table else "",
    )


def _keys(table: Table) -> KeyBindings:
    table.refuse_unknown([*BY_ID])
    changed: KeyBindings = {}
    for name, value in table.values.items():
        keys = [value] if isinstance(value, str) else value
        if not isinstance(keys, list) or not keys or not all(_is_key(key) for key in keys):
            raise table.value_error(name, 'a key or a list of keys, like "n" or ["e", "enter"]')
        changed[name] = tuple(keys)
    _reject_conflicts(table, changed)
    return changed


def _is_key(key: object) -> bool:
    """A character that is no digit, or a key's name as the table of actions writes it."""
    if not isinstance(key, str):
        return False
    return (len(key) == 1 and key.isprintable() and key not in " 0123456789") or key in NAMED_KEYS


def _reject_conflicts(table: Table, changed: KeyBindings) -> None:
    """Two actions can't have one key, be it a changed one or one that stayed."""
    actions = keymap(changed)
    for name, keys in changed.items():
        for key in keys:
            if actions[key] != name:
                raise table.error(
                    name, f"the key {key} calls {actions[key]} too: give one of them another key"
                )
    taken = {key for keys in changed.values() for key in keys}
    for action in BY_ID.values():
        if action.id not in changed and taken & set(action.keys):
            key = next(key for key in action.keys if key in taken)
            name = next(name for name, keys in changed.items() if key in keys)
            raise table.error(name, f"the key {key} calls {action.id} already: give that another key too")
