"""The statements of a lesson: what may follow each name, and what the line then does."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from bpstep import defaults
from bpstep.errors import BpstepError
from bpstep.lang.cells import complete_index, parse_cell, parse_number
from bpstep.learn import puzzle
from bpstep.lessons import messages
from bpstep.lessons.lesson import (
    ExpectValue,
    GoTo,
    LessonAction,
    NameScreen,
    OpenNetwork,
    Resize,
    Say,
    SetAppearance,
    Wait,
)
from bpstep.lessons.lexer import Word
from bpstep.model.network import Network
from bpstep.netfile import builtin
from bpstep.netfile import messages as netfile_messages
from bpstep.netfile.published_values import check_cell
from bpstep.netfile.table import did_you_mean
from bpstep.program import position
from bpstep.program.derive import derive_program
from bpstep.program.program import Program
from bpstep.session.origin import network_of_script, open_script_file, origin_of
from bpstep.text import fill, quoted

MAX_SIZE = (300, 100)
"""Columns and lines of a screen."""

MAX_SAY_LENGTH = 240

MAX_WAIT = 600

_MAX_DECIMALS = 15

_TIME = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)(ms|s)?")

_SIZE = re.compile(r"([0-9]{1,4})[x×]([0-9]{1,4})")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")

_MARK = re.compile(r"[^\W\d]\w*")

_DEPTHS = {"full": "full", "16": "sixteen", "none": "none"}


@dataclass
class ParseContext:
    """What the preceding lines determine."""

    folder: Path
    """The folder of a network's file."""
    may_have_marks: bool = False
    """True if a mark may have been set: a position can then be its name."""
    _program: Program | None = None

    @property
    def program(self) -> Program:
        """The equations of the open network."""
        if self._program is None:
            self._program = derive_program(builtin.open_network(defaults.NETWORK))
        return self._program

    def use_network(self, network: Network) -> None:
        """Use another network from here on."""
        self._program = origin_of(network).program
        self.may_have_marks = False


def _say(words: list[Word], _context: ParseContext) -> LessonAction:
    text = _single_word(words, fill(messages.SAY_TEXT))
    if len(text) > MAX_SAY_LENGTH:
        raise BpstepError(fill(messages.CAPTION_TOO_LONG, count=len(text), limit=MAX_SAY_LENGTH))
    return Say(text)


def _wait(words: list[Word], _context: ParseContext) -> LessonAction:
    expected = fill(messages.SECONDS)
    text = _single_word(words, expected)
    match = _TIME.fullmatch(text)
    if match is None:
        raise BpstepError(fill(messages.NOT_A_TIME, text=quoted(text), expected=expected))
    milliseconds = Decimal(match[1]) * (1 if match[2] == "ms" else 1000)
    if milliseconds > MAX_WAIT * 1000:
        raise BpstepError(fill(messages.TIME_TOO_LONG, text=text, limit=MAX_WAIT))
    return Wait(round(milliseconds))


def _goto(words: list[Word], context: ParseContext) -> LessonAction:
    text = _single_word(words, fill(messages.POSITION, forms=position.position_forms()))
    try:
        # Checked from a late position, so that every step back is possible.
        position.parse_position(text, context.program, position.MAX_N // 2)
    except BpstepError:
        if not (context.may_have_marks and _MARK.fullmatch(text)):
            raise
    return GoTo(text)


def _network(words: list[Word], context: ParseContext) -> LessonAction:
    name = _single_word(words, fill(messages.NETWORK))
    beside = name not in builtin.network_names() and not os.path.isabs(name)
    is_script = name.endswith((".py", ".ipynb"))
    is_file = beside and (
        name.endswith(".toml") or is_script or "/" in name or os.path.isfile(context.folder / name)
    )
    named = (
        puzzle.open_puzzle if name in {each.name for each in puzzle.puzzle_texts()} else builtin.open_network
    )
    if name in builtin.script_names():
        network = network_of_script(builtin.open_script_text(name))
    elif is_script:
        network = open_script_file(context.folder / name, is_closed=True)
    else:
        network = builtin.open_network(str(context.folder / name)) if is_file else named(name)
    context.use_network(network)
    return OpenNetwork(network)


def _size(words: list[Word], _context: ParseContext) -> LessonAction:
    expected = fill(messages.COLUMNS_AND_LINES)
    text = _single_word(words, expected)
    match = _SIZE.fullmatch(text)
    if match is None:
        raise BpstepError(fill(messages.NOT_A_SIZE, text=quoted(text), expected=expected))
    width, height = int(match[1]), int(match[2])
    if not all(
        low <= size <= high for low, size, high in zip(defaults.MIN_SCREEN_SIZE, (width, height), MAX_SIZE)
    ):
        low, high = ("x".join(map(str, size)) for size in (defaults.MIN_SCREEN_SIZE, MAX_SIZE))
        raise BpstepError(fill(messages.SIZE_OUT_OF_RANGE, text=text, low=low, high=high))
    return Resize(width, height)


def _theme(words: list[Word], _context: ParseContext) -> LessonAction:
    return SetAppearance(theme=_choice(words, {"dark": "dark", "light": "light"}))


def _colors(words: list[Word], _context: ParseContext) -> LessonAction:
    return SetAppearance(depth=_choice(words, _DEPTHS))


def _ascii(words: list[Word], _context: ParseContext) -> LessonAction:
    if words:
        raise BpstepError(fill(messages.NOTHING_AFTER))
    return SetAppearance(ascii=True)


def _expect(words: list[Word], context: ParseContext) -> LessonAction:
    if len(words) != 2:
        raise BpstepError(fill(messages.CELL_AND_NUMBER))
    cell, number = (word.text for word in words)
    check_cell(cell, context.program)
    value = parse_number(number)
    name, index = parse_cell(cell, context.program.shapes)
    whole = complete_index(index, context.program.shapes[name])
    return ExpectValue(name, whole, value, _decimals(number), f"{cell} {number}")


def _decimals(number: str) -> int:
    """The number of decimals of a printed number; more than _MAX_DECIMALS have no meaning."""
    digits, _, exponent = number.strip().lower().partition("e")
    return min(max(len(digits.partition(".")[2]) - int(exponent or 0), 0), _MAX_DECIMALS)


def _snap(words: list[Word], _context: ParseContext) -> LessonAction:
    text = _single_word(words, fill(messages.SCREEN_NAME))
    if not _NAME.fullmatch(text):
        raise BpstepError(fill(messages.NOT_A_SCREEN_NAME, text=quoted(text)))
    return NameScreen(text)


def _single_word(words: list[Word], expected: str) -> str:
    if len(words) != 1:
        raise BpstepError(fill(messages.EXPECTED, what=expected))
    return words[0].text


def _choice(words: list[Word], allowed: dict[str, str]) -> str:
    names = ", ".join(allowed)
    text = _single_word(words, fill(netfile_messages.ONE_OF, names=names))
    if text not in allowed:
        meant = did_you_mean(text, allowed)
        template = messages.NOT_ONE_OF_MEANT if meant else messages.NOT_ONE_OF
        raise BpstepError(fill(template, text=quoted(text), meant=meant, names=names))
    return allowed[text]


STATEMENTS: dict[str, Callable[[list[Word], ParseContext], LessonAction]] = {
    "network": _network,
    "size": _size,
    "theme": _theme,
    "colors": _colors,
    "ascii": _ascii,
    "say": _say,
    "wait": _wait,
    "goto": _goto,
    "expect": _expect,
    "snap": _snap,
}
