"""What README.md holds that can be run or made: `python -m tests.readme` writes its table of keys anew."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from bpstep.actions import ACTIONS
from bpstep.render.lists.help import key_name

README = Path(__file__).parent.parent / "README.md"
_KEYS = re.compile(r"(?<=<!-- keys -->\n).*?(?=<!-- end of keys -->)", re.DOTALL)


def text() -> str:
    """README.md."""
    return README.read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The fenced blocks in a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text(), re.DOTALL | re.MULTILINE)


def key_table() -> str:
    """The table of keys, from the table of actions."""
    lines = ["| keys | what they do | name |", "|---|---|---|"]
    group = ""
    for action in ACTIONS:
        if action.group != group:
            group = action.group
            lines.append(f"| **{group}** | | |")
        keys = " ".join(f"`{key_name(key)}`" for key in action.keys)
        lines.append(f"| {keys} | {action.help} | `{action.id}` |")
    return "\n".join((*lines, ""))


def with_key_table(readme: str) -> str:
    """The same text with the table of keys as it should be."""
    changed, found = _KEYS.subn(lambda _: key_table(), readme)
    assert found == 1, "README.md has no place for the table of keys"
    return changed


def examples(block: str) -> list[tuple[str, str]]:
    """The commands of a console block, each with what it prints."""
    parts = re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2]))


if __name__ == "__main__":
    README.write_text(with_key_table(text()), encoding="utf-8", newline="\n")
    sys.exit(0)
