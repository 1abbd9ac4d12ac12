"""What a lesson may say, and the error for an invalid line: its number and the word."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lesson_files import lesson

from bpstep.actions import NAMED_KEYS
from bpstep.errors import BpstepError, FileError
from bpstep.lessons import timing as counted
from bpstep.lessons.lesson import (
    ExpectValue,
    GoTo,
    NameScreen,
    OpenNetwork,
    PressKeys,
    Resize,
    Say,
    SetAppearance,
    Wait,
)
from bpstep.lessons.lexer import MAX_PRESSES, Word, parse_presses, split_words
from bpstep.lessons.parser import MAX_LESSON_BYTES, read_lesson


def deeds(text):
    return [statement.action for statement in lesson(text).statements]


def pressed(line):
    (keys,) = deeds(line)
    return [press.key for press in keys.presses]


def refused(text, *expected):
    with pytest.raises(FileError) as error:
        lesson(text)
    assert "\n" not in str(error.value)
    for part in expected:
        assert part in str(error.value)


def test_each_statement_is_a_deed():
    text = """
    title "A try"          # not a deed
    network mazur
    size 100x30
    theme light
    colors none
    ascii
    say "Look at \\"H\\"." # said
    wait 1.5
    wait 500ms
    goto i10:delta_V
    expect E 0.298371109
    expect W[0,1] -1e-3
    snap backward
    n
    """
    network, *others, keys = deeds(text)
    assert isinstance(network, OpenNetwork)
    assert network.network.name == "mazur"
    assert others == [
        Resize(100, 30),
        SetAppearance(theme="light"),
        SetAppearance(depth="none"),
        SetAppearance(ascii=True),
        Say('Look at "H".'),
        Wait(1500),
        Wait(500),
        GoTo("i10:delta_V"),
        ExpectValue("E", (), 0.298371109, 9, "E 0.298371109"),
        ExpectValue("W", (0, 1), -0.001, 3, "W[0,1] -1e-3"),
        NameScreen("backward"),
    ]
    assert isinstance(keys, PressKeys)
    assert lesson(text).title == "A try"
    assert lesson(text).statements[0].line == 3


def test_keys_are_characters_names_counts_numbers_and_texts():
    assert pressed("n") == ["n"]
    assert pressed("n*4 N") == ["n", "n", "n", "n", "N"]
    assert pressed("]*2 [ } { < > ' , . / ?") == ["]", "]", "[", "}", "{", "<", ">", "'", ",", ".", "/", "?"]
    assert pressed("10n") == ["1", "0", "n"]
    assert pressed("e 0.5 Enter") == ["e", "0", ".", "5", "enter"]
    assert pressed("e -1e-3 Enter") == ["e", "-", "1", "e", "-", "3", "enter"]
    assert pressed('"/W 1" Return') == ["/", "W", "space", "1", "enter"]
    assert pressed('"#" *') == ["#", "*"]
    assert pressed("F2 ctrl+R Shift+Tab ESC Space Left PgDn") == [
        "f2", "ctrl+r", "shift+tab", "escape", "space", "left", "pagedown",
    ]  # fmt: skip


@pytest.mark.parametrize("name", sorted(NAMED_KEYS))
def test_every_key_of_the_debugger_can_be_written(name):
    assert [press.key for press in parse_presses(Word(name))] == [name]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("n\n\nwaitt 3", ('try.lesson:3: "waitt" is neither a statement nor a key', 'did you mean "wait"?')),
        ("n Entre", ('try.lesson:1: "Entre" is not a key', 'did you mean "enter"?')),
        ("n zzzz", ('"zzzz" is not a key', "put text to type in quotes")),
        ("ctrl+c", ('"ctrl+c" is not a key', "put text to type in quotes")),
        ("Sleep 1s", ('there is no statement "Sleep" here: wait 1.5',)),
        ('Type "abc"', ('there is no statement "Type" here', "text to type in quotes")),
        ("Screenshot x.png", ("snap NAME",)),
        ('say "a', (':1: the quote before "a" is not closed',)),
        ('say "a b \\" c', ("is not closed",)),
        ('n "', (":1: the quote", "is not closed")),
        ('say "a"b', (":1: a space is missing after the closing quote of")),
        ("say a b", ("say: expected one text in quotes",)),
        (f'say "{"a" * 241}"', ("say: the caption has 241 characters",)),
        ("wait", ("wait: expected seconds",)),
        ("wait soon", ('wait: "soon" is not a time',)),
        ("wait 601", ("wait: 601 is longer",)),
        ("size 100", ('size: "100" is not a size',)),
        ("size 20x4", ("size: 20x4 is out of range",)),
        ("theme lihgt", ('theme: "lihgt"', 'did you mean "light"?')),
        ("colors many", ('colors: "many"', "full")),
        ("ascii yes", ("ascii: expected nothing after it",)),
        ("network mazurr", ("network: no network", "did you mean mazur?")),
        ("network ./none.toml", ("network: none.toml: no such file",)),
        ("goto delta_U", ('goto: "delta_U" is not a position',)),
        ("network mazur\ngoto delta_w1", (':2: goto: "delta_w1" is not a position',)),
        ("goto here", ('goto: "here" is not a position',)),
        ("expect E", ("expect: expected a cell and a number",)),
        ("expect U 1", ('expect: there is no tensor "U"',)),
        ("expect W 1", ("expect: W has shape [2, 3]",)),
        ("expect W[2,0] 1", ("expect: W[2,0] is outside",)),
        ("expect E small", ('expect: "small" is not a number',)),
        ("snap a/b", ('snap: "a/b" cannot name a screen',)),
        ("snap a\nn\nsnap a", (':3: snap: a screen is already called "a"',)),
        ('n\ntitle "late"', (":2: title: it is written once",)),
        ("n\x1b[2J", (":1: the character U+001B, a control character",)),
        ("n\n\fn\nn", (":2: the character U+000C, a control character",)),
        ('say "a\u2028b"', (":1: the character U+2028, line separator",)),
        ('n\nsay "a\u202eb"', (":2: the character U+202E, right-to-left override",)),
        ('n*4 say "x"', (':1: "say" is in the middle of a line; it needs a line of its own',)),
        ("n shift+n", (':1: "shift+n" is not a key; write N for a letter with shift',)),
        ("pause 2", (':1: there is no statement "pause" here: wait 1.5',)),
        ('Type@500ms "n"', (':1: there is no statement "Type@500ms" here', "in quotes")),
        ("Set FontSize 22", (':1: there is no statement "Set" here: size',)),
        ("Output a.gif", (':1: there is no statement "Output" here: name the file with bpstep record',)),
        ("Hide", (':1: there is no statement "Hide" here',)),
        ("Show", (':1: there is no statement "Show" here',)),
        ("0n", (':1: the count in "0n" begins with 0',)),
        ("Down 3", (':1: "Down 3": Down*3 presses it 3 times; "3" in quotes types',)),
        ("n Enter 2 n", (':1: "Enter 2": Enter*2 presses',)),
        ("# nothing", ("the lesson does nothing",)),
        ("n*0", (":1: no key is pressed",)),
        ("n*9999*9999", (":1: more than 20,000 keys",)),
        ("n*99999999", (":1: more than 20,000 keys are pressed; a count before a key",)),
        ("n*" + "9" * 900, (":1: more than 20,000 keys",)),
        ("1234567890n", (':1: the count in "1234567890n" has more than 9 digits',)),
        ("n*9999\nn*9999\nn*9999", (f":3: more than {MAX_PRESSES:,} keys",)),
    ],
)
def test_what_does_not_hold_is_told_with_its_line_and_word(text, expected):
    refused(text, *expected)


def test_a_number_behind_a_key_can_still_be_typed():
    assert pressed('Backspace "3" Enter') == ["backspace", "3", "enter"]
    assert pressed("Down*3 e 7 Enter 0.5") == ["down"] * 3 + ["e", "7", "enter", "0", ".", "5"]


def test_a_file_that_is_no_text_is_told_with_its_line(tmp_path):
    path = tmp_path / "x.lesson"
    path.write_bytes('n\r\nsay "é"\nn\n'.encode("latin-1"))
    with pytest.raises(FileError, match=r"x\.lesson:2: the text is not UTF-8"):
        read_lesson(path)
    path.write_bytes('n\r\nsay "é"\r\nn\n'.encode("utf-8-sig"))
    assert read_lesson(path).captions == ["é"]


def test_a_mark_that_was_set_is_a_position():
    assert deeds('m "here" Enter\nn\ngoto here')[-1] == GoTo("here")
    assert deeds("goto +5")[-1] == GoTo("+5")
    assert deeds("goto -5")[-1] == GoTo("-5")


def test_a_mark_does_not_exist_in_another_network():
    refused('m "here" Enter\nnetwork mazur\ngoto here', ':3: goto: "here" is not a position')
    refused('m "here" Enter\nnetwork article\ngoto here', ':3: goto: "here" is not a position')


@pytest.mark.parametrize(
    ("number", "decimals"),
    [("1", 0), ("1.", 0), (".5", 1), ("0.500", 3), ("1.5e1", 0), ("1.25e1", 1), ("12.5E-2", 3), ("5e2", 0)],
)
def test_a_number_is_expected_with_the_decimals_that_are_written(number, decimals):
    assert deeds(f"expect E {number}")[0].decimals == decimals


@pytest.mark.parametrize(
    "number", ["1e-999999999", "1e-" + "9" * 900, "0." + "1" * 900], ids=["far", "further", "long"]
)
def test_no_number_has_more_decimals_than_can_be_compared(number):
    assert deeds(f"expect E {number}")[0].decimals == 15


def test_a_network_is_looked_for_beside_the_lesson(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text(
        "learning_rate = 1\nloss = 'squared_error'\n[data]\ninputs = [[1]]\nlabels = [[2]]\n"
        "[[layers]]\nweights = [[3]]\nactivation = 'identity'\n"
    )
    path = tmp_path / "first.lesson"
    path.write_text("network own.toml\ngoto Y\nexpect Y 3\n")
    assert read_lesson(path).statements[0].action.network.title == ""
    path.write_text("network own.toml\ngoto net_2\n")
    with pytest.raises(FileError, match=r"first.lesson:2: goto"):
        read_lesson(path)
    own.write_text("loss = 3\n")
    with pytest.raises(FileError, match=r"first.lesson:1: network: .*own.toml:1: "):
        read_lesson(path)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"n\n" * MAX_LESSON_BYTES], ids=["no text", "large"])
def test_a_file_that_is_no_lesson_is_refused(tmp_path, content):
    path = tmp_path / "x.lesson"
    path.write_bytes(content)
    with pytest.raises(FileError, match=r"x\.lesson"):
        read_lesson(path)


@given(st.text(max_size=60))
def test_any_line_is_taken_or_refused(line):
    with suppress(BpstepError):
        lesson(line)


@given(st.text(st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp")), max_size=30))
def test_a_quoted_text_is_the_text(text):
    marked = text.replace("\\", "\\\\").replace('"', '\\"')
    assert split_words(f'say "{marked}"  # so') == [Word("say"), Word(text, True)]


def test_time_is_counted_by_keys_and_by_the_length_of_captions():
    short, long = (counted.duration(lesson(f'say "{"a" * length}"')) for length in (10, 100))
    assert long - short == 90 * 80
    assert counted.duration(lesson('say ""')) == 0
    assert counted.duration(lesson("n*3 ]")) == 4 * counted.KEY_DURATION
    assert counted.duration(lesson('"abcd"')) == 3 * counted.TYPED_DURATION + counted.KEY_DURATION
    assert counted.duration(lesson("n\nwait 2.5\nexpect net_1[0] 0.24")) == counted.KEY_DURATION + 2500
    assert counted.clock_text(130_999) == "2:10"
