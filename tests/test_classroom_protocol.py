"""The lines between teacher and pupils: which are messages, and which are refused."""

import json
from dataclasses import replace

import pytest

from bpstep.classroom.protocol import (
    MAX_PUPIL_LINE,
    NO_QUESTION,
    Answer,
    Caption,
    Hello,
    LineReader,
    Over,
    Pointed,
    Position,
    Question,
    Refused,
    Welcome,
    display_name,
    encode,
    from_pupil,
    from_teacher,
    log_excerpt,
)
from bpstep.engine.edits import Edit, EditEquation
from bpstep.errors import BpstepError
from bpstep.session.events import Fork, Mark, Undo
from bpstep.storage.cursor_position import CursorPosition

FROM_PUPIL = [
    Hello("Ada Lovelace"),
    Hello("Zoë"),
    Hello("\U0001f40d" * 24, "0123456789abcdef" * 2),
    Position(10**12, 7, True),
    Answer(3, -0.5, 0.1, 1),
    Answer(1, 1e300, 0.0, 99),
]
ASKED = Question(2, 9, "delta_H_net1", (0,), "", ())
FROM_TEACHER = [
    Welcome("anna", "bob 2"),
    Refused("the class is full"),
    Caption("Watch – what flows back?"),
    Pointed("W", (0, 1)),
    Pointed("delta_V", None),
    ASKED,
    Question(2, 9, "H", (), "0.5", (("0.25", 3, False), ("0.5", 11, True))),
    NO_QUESTION,
    Over(),
    Edit(0, "W", (0, 1), 0.5),
    EditEquation(16, "delta_Y", "labelY - Y"),
    Undo(),
    Fork(4),
    Mark("here", 7),
    CursorPosition(12),
    CursorPosition(12, 3),
]


@pytest.mark.parametrize("message", FROM_PUPIL, ids=str)
def test_what_a_pupil_may_say_is_read_as_it_was_said(message):
    line = encode(message)
    assert line.endswith(b"\n")
    assert len(line) <= MAX_PUPIL_LINE
    assert from_pupil(line[:-1]) == message


@pytest.mark.parametrize("message", FROM_TEACHER, ids=str)
def test_what_a_teacher_says_is_read_as_it_was_said(message):
    assert from_teacher(encode(message)[:-1]) == message


@pytest.mark.parametrize("message", [m for m in FROM_TEACHER if m != Over()], ids=str)
def test_nothing_that_a_teacher_says_may_a_pupil_say(message):
    with pytest.raises(BpstepError):
        from_pupil(encode(message)[:-1])


ASKING = {"event": "Question", "number": 1, "n": 0, "name": "H", "index": [0], "value": "1"}
WRONG = [
    "",
    "{}",
    "[]",
    "null",
    "3",
    '"hello"',
    "{",
    "hello",
    '{"event":"Hello"}',
    '{"event":"Hello","name":7,"token":""}',
    '{"event":"Hello","name":"","token":""}',
    '{"event":"Hello","name":" bob","token":""}',
    '{"event":"Hello","name":"b\\u001b[2Job","token":""}',
    '{"event":"Hello","name":"b\\nob","token":""}',
    '{"event":"Hello","name":"bo\\u202eb","token":""}',
    '{"event":"Hello","name":"' + "b" * 25 + '","token":""}',
    '{"event":"Hello","name":"bob","admin":true,"token":""}',
    '{"event":"Hello","name":"bob"}',
    '{"event":"Hello","name":"bob","token":"xyz"}',
    '{"event":"Hello","name":"bob","token":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}',
    '{"event":"Hello","name":"bob","token":"0000000000000000000000000000000"}',
    '{"event":"Hello","name":"bob","token":"000000000000000000000000000000000"}',
    '{"event":"Hello","name":"bob","token":"0000000000000000000000000000000 "}',
    '{"event":"Hello","name":"bob","token":null}',
    '{"event":"Hello","name":"eve","token":"","name":"bob"}',
    '{"event":"Hello","name":"\\u3164","token":""}',
    '{"event":"Position","n":-1,"k":0,"own":true}',
    '{"event":"Position","n":1000000000001,"k":0,"own":true}',
    '{"event":"Position","n":1.5,"k":0,"own":true}',
    '{"event":"Position","n":true,"k":0,"own":true}',
    '{"event":"Position","n":1,"k":0,"own":1}',
    '{"event":"Position","n":1,"k":0}',
    '{"event":"Answer","question":1,"value":NaN,"unit":0.1,"digits":1}',
    '{"event":"Answer","question":1,"value":Infinity,"unit":0.1,"digits":1}',
    '{"event":"Answer","question":1,"value":1e400,"unit":0.1,"digits":1}',
    '{"event":"Answer","question":1,"value":"0.5","unit":0.1,"digits":1}',
    '{"event":"Answer","question":1,"value":' + "9" * 400 + ',"unit":0.1,"digits":1}',
    '{"event":"Answer","question":1,"value":0.5}',
    '{"event":"Answer","question":1,"value":0.5,"unit":-1,"digits":1}',
    '{"event":"Answer","question":1,"value":0.5,"unit":0.1,"digits":-1}',
    '{"event":"Answer","question":1,"value":0.5,"unit":1e999,"digits":1}',
    '{"event":"Answer","question":1,"value":0.5,"unit":0.1,"digits":0.5}',
    '{"event":"__class__"}',
    '{"event":"Answer","question":1,"value":[[[[1]]]],"unit":0.1,"digits":1}',
    "[" * 500,
]


@pytest.mark.parametrize("line", WRONG)
def test_anything_else_from_a_pupil_is_refused(line):
    with pytest.raises(BpstepError):
        from_pupil(line.encode())


@pytest.mark.parametrize("line", [b"\xff\xfe", b'{"event":"Hello","name":"\x00"}', b"\x80" * 100])
def test_what_is_no_text_is_refused(line):
    with pytest.raises(BpstepError):
        from_pupil(line)


@pytest.mark.parametrize(
    "values",
    [
        {"event": "Caption", "text": "x" * 161},
        {"event": "Caption", "text": "\x1b[2J"},
        {"event": "Refused", "why": "x" * 161},
        {"event": "Refused", "why": "\x1b[2J"},
        {"event": "Refused"},
        {"event": "Welcome", "teacher": "", "name": "bob"},
        {"event": "Welcome", "teacher": "a" * 65, "name": "bob"},
        {**ASKING, "bars": [["x", 1, 1]]},
        {**ASKING, "bars": [["x", 1, True]] * 17},
        {**ASKING, "bars": [["x", 0, True]]},
        {**ASKING, "bars": [["x", 1, True], ["y", -1, True]]},
        {"event": "Pointed", "name": "W", "index": ["0"]},
        {"n": 10**13},
        {"n": -1},
    ],
)  # fmt: skip
def test_a_teachers_line_is_checked_as_strictly(values):
    with pytest.raises(BpstepError):
        from_teacher(json.dumps(values).encode())


def test_lines_come_whole_however_the_bytes_are_cut():
    data = b"".join(encode(message) for message in FROM_TEACHER)
    for size in (1, 2, 7, 64, len(data)):
        lines = LineReader(1000)
        found = [line for at in range(0, len(data), size) for line in lines.feed(data[at : at + size])]
        assert [from_teacher(line) for line in found] == FROM_TEACHER


def test_a_line_that_is_too_long_is_refused_before_it_has_ended():
    lines = LineReader(10)
    assert list(lines.feed(b"123456789\n1234567890")) == [b"123456789"]
    with pytest.raises(BpstepError):
        list(lines.feed(b"1"))


def test_a_name_is_a_label_of_one_line():
    assert display_name("  Ada \t Lovelace\n") == "Ada Lovelace"
    assert display_name("\x1b[31mred\x07") == "[31mred"
    assert display_name("\u202eevil\u200b") == "evil"
    assert len(display_name("a" * 1000)) == 24
    assert display_name(" \n\x00") == ""


@pytest.mark.parametrize("text", ["\u3164", "\u115f \u2800", "\u0301", "\U000e0100", "\ufe0f\u034f"])
def test_a_name_of_which_nothing_is_to_be_seen_is_none(text):
    assert display_name(text) == ""
    assert display_name(f"{text}Zoe") == "Zoe"


@pytest.mark.parametrize("text", ["\U0001f3fb", "\U0001f1e9\U0001f1ea", "\u263a\ufe0f", "\u1161\u11a8"])
def test_a_name_takes_as_many_columns_as_its_characters_take_alone(text):
    name = display_name(f"{text}Zoe{text}")
    assert name.strip("\u263a") == "Zoe"
    assert display_name(text) in ("", "\u263a")
    assert display_name("\u1112\u1161\u11ab") == "\ud55c"  # parts of a syllable are one


def test_letters_do_not_grow_into_the_lines_above_and_below():
    assert display_name("e" + "\u0301" * 23) == "e\u0301\u0301"
    assert display_name("\u0301a \u0301b\u0301") == "a b\u0301"
    for name in (
        "Nguye\u0302\u0303n",
        "\u0e17\u0e35\u0e48",
        "\u0915\u094d\u0937\u093f",
        "Zo\u00eb",
        "李",
        "🐍",
    ):
        assert display_name(name) == name
        assert display_name(display_name(name)) == name


@pytest.mark.parametrize(
    ("question", "is_open"),
    [
        (ASKED, True),
        (replace(ASKED, value="0.5"), False),
        (NO_QUESTION, False),
        (replace(ASKED, number=0), False),
    ],
)
def test_a_question_is_open_until_its_value_is_shown(question, is_open):
    assert question.is_open is is_open


def test_a_log_has_the_first_80_bytes_of_a_line_and_no_control_characters():
    assert log_excerpt(b"x" * 81) == "x" * 80
    assert log_excerpt(b"a\xffb") == "a\\xffb"
    assert "\x1b" not in log_excerpt(b"\x1b[31m")
