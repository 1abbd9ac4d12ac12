"""A pupil at the keys: following the teacher, being on one's own, and coming back."""

import pytest
from classrooms import joined, owed, room, said

from bpstep.actions import BY_ID, LOCAL_ACTIONS, TEACHER_ACTIONS
from bpstep.classroom import protocol
from bpstep.classroom.protocol import Caption
from bpstep.learn.grade import parse_prediction
from bpstep.render.lists.help import matching_actions
from bpstep.render.theme import Theme
from bpstep.render.view_state import selection
from bpstep.session.session import Session
from bpstep.ui.classroom.pupil import PupilState
from bpstep.ui.classroom.teacher import TeacherPollPanel
from bpstep.ui.compose import make_controller
from bpstep.ui.input import handle_key
from bpstep.ui.status import status_flags


class Class:
    """A teacher and a pupil, without a line between them: what is owed is handed over."""

    def __init__(self, network="article", at="0", size=(80, 24)):
        self.room = room(network, at)
        self.pupil, mirror = joined(self.room)
        controller = make_controller(Session(mirror.network), Theme())
        controller.size = size
        self.at = PupilState(controller, mirror, lambda message: self.room.handle(self.pupil, said(message)))
        self.arrive()

    @property
    def teacher(self):
        return self.room.session

    @property
    def controller(self):
        return self.at.controller

    @property
    def n(self):
        return self.controller.session.n

    @property
    def flag(self):
        return status_flags(self.controller)[0]

    def arrive(self):
        while self.controller.job is not None:
            self.controller.advance_job()

    def tell(self):
        """What the teacher has done arrives."""
        self.room.drop_stale_question()
        if self.at.replica.feed(owed(self.room, self.pupil)):
            self.at.update()
        self.arrive()

    def step(self, count=1):
        self.teacher.step(count)
        self.tell()

    def press(self, *keys):
        for key in keys:
            self.at.before_input()
            handle_key(self.controller, key)
            self.at.after_input()
            self.arrive()
            self.controller.draw()

    @property
    def last(self):
        return self.controller.draw().text().splitlines()[-1].strip()


def test_a_pupil_follows_each_step_and_the_first_line_says_so():
    held = Class(at="3")
    assert (held.n, held.flag) == (3, "following anna n = 3")
    held.step(5)
    assert (held.n, held.flag) == (8, "following anna n = 8")
    assert "following anna n = 8" in held.controller.draw().text().splitlines()[0]


def test_the_first_line_says_it_at_every_size():
    for width in (60, 76, 80, 99, 100, 120, 200):
        held = Class(at="i1000:W", size=(width, 24))
        assert held.flag in held.controller.draw().text().splitlines()[0]
        held.press("n")
        assert "on your own; anna at n = 16,016" in held.controller.draw().text().splitlines()[0]


@pytest.mark.parametrize("size", [(60, 18), (80, 24), (120, 36)], ids=str)
@pytest.mark.parametrize(
    "keys", [["?"], ["ctrl+p"], ["i"], ["<", "i"], ["L"], ["G"], ["H"], ["w", "E", "enter"]]
)
def test_the_first_line_says_it_over_every_panel_too(keys, size):
    held = Class(at="8", size=size)
    held.press(*keys)
    assert held.flag in held.controller.draw().text().splitlines()[0]


def test_the_help_stays_open_while_the_teacher_goes_on_and_escape_leads_to_the_teacher():
    held = Class(at="8")
    held.press("?", "/", *"chain rule", "enter", "enter")
    page = held.controller.draw().text().splitlines()[1:]
    held.step(3)
    assert held.controller.draw().text().splitlines()[1:] == page
    assert (held.n, held.flag) == (8, "Escape follows anna n = 11")
    held.press("escape", "escape", "escape")
    assert held.controller.panel is None
    assert (held.n, held.flag) == (11, "following anna n = 11")


ALONE = [
    ["n"], ["N"], ["s"], ["]"], ["}"], ["<"], *[["g", *"i2", "enter"]], *[["e", *"0.5", "enter"]], ["space"],
    ["b"], *[["m", *"here", "enter"]], ["a"], ["G"], ["B"], [*"12n"],
]  # fmt: skip


@pytest.mark.parametrize("keys", ALONE, ids=" ".join)
def test_a_key_that_changes_something_puts_one_on_ones_own(keys):
    held = Class(at="8")
    held.press(*keys)
    assert held.at.is_independent
    assert held.flag == "on your own; anna at n = 8"
    before = held.n
    held.step(3)
    if "space" not in keys:
        assert held.n == before
    assert held.flag == "on your own; anna at n = 11"


LOOKING = [
    ["left"], ["down", "down", "right"], ["tab"], ["f2"], ["f4", "down"], ["z"], ["x"], ["?"], ["?", "down"],
    ["ctrl+p", "d"], ["/", *"delta", "enter"], [","], ["escape"], ["e", "escape"], ["g", "escape"], ["y"],
    ["q"], ["ctrl+z"], ["1"], ["K"],
]  # fmt: skip


@pytest.mark.parametrize("keys", LOOKING, ids=" ".join)
def test_looking_around_is_still_following(keys):
    held = Class(at="8")
    held.press(*keys)
    assert not held.at.is_independent
    assert held.flag == "following anna n = 8"
    held.press("escape")
    held.step()
    assert held.n == 9


def test_one_key_goes_back_to_the_teacher_and_the_teachers_state():
    held = Class(at="8")
    held.press("e", *"0.25", "enter", "n", "n", "m", *"mine", "enter")
    assert float(held.controller.frame.tensors["delta_V"][0]) == 0.25
    held.teacher.edit("W", (0, 1), 0.9)
    held.step(4)
    assert float(held.controller.frame.tensors["delta_V"][0]) == 0.25
    held.press("o")
    assert (held.n, held.flag) == (12, "following anna n = 12")
    assert held.controller.frame.marks == {}
    assert [edit.value for edit in held.controller.frame.edits] == [0.9]
    assert (
        held.controller.frame.tensors["delta_V"].tobytes() == held.teacher.frame.tensors["delta_V"].tobytes()
    )
    held.step()
    assert held.n == 13
    held.press("U")
    assert held.at.is_independent
    assert held.room.session.journal.edits != ()


def test_following_again_and_again_never_mixes_the_two():
    held = Class("mazur", "i2")
    for k in range(10):
        held.press("e", *f"0.{k}", "enter", "n")
        held.step(7)
        held.press("o")
        assert not held.at.is_independent
        assert held.controller.session.journal.events == held.teacher.journal.events
        assert held.n == held.teacher.n


def test_while_one_types_or_reads_the_screen_stays_and_then_catches_up():
    for opened, closed in ((["/", *"delt"], ["escape"]), (["?"], ["escape"]), (["g"], ["escape"])):
        held = Class(at="8")
        held.press(*opened)
        held.teacher.edit("delta_V", (0,), 0.25)
        held.step(2)
        if opened != ["?"]:
            assert held.n == 8
        held.press(*closed)
        assert (held.at.is_independent, held.n) == (False, 10)


def test_escape_on_a_long_way_to_the_teacher_leaves_the_teacher(monkeypatch):
    monkeypatch.setattr("bpstep.ui.controller._MAX_BLOCKING_SECONDS", 0)
    held = Class(at="8")
    held.teacher.goto(10**5)
    held.at.replica.feed(owed(held.room, held.pupil))
    held.at.update()
    assert held.controller.job is not None
    held.at.before_input()
    handle_key(held.controller, "escape")
    held.at.after_input()
    assert held.at.is_independent
    held.press("o")
    assert (held.n, held.at.is_independent) == (10**5, False)


def test_a_key_on_a_long_way_to_the_teacher_does_nothing_else(monkeypatch):
    monkeypatch.setattr("bpstep.ui.controller._MAX_BLOCKING_SECONDS", 0)
    held = Class(at="8")
    held.teacher.goto(10**5)
    held.at.replica.feed(owed(held.room, held.pupil))
    held.at.update()
    for key in ("n", "e", "left", "x", "G"):
        held.at.before_input()
        handle_key(held.controller, key)
        held.at.after_input()
        assert not held.at.is_independent
    held.arrive()
    assert held.n == 10**5


def test_what_leaves_something_behind_is_not_offered_and_says_why():
    held = Class(at="8")
    without = held.controller.view.hidden_actions
    assert without == LOCAL_ACTIONS | TEACHER_ACTIONS
    assert without <= set(BY_ID)
    shown = {action.id for action in matching_actions("", without)}
    assert not shown & without
    held.controller.size = (80, 200)
    held.press("?")
    text = held.controller.draw().text()
    assert BY_ID["suspend"].help not in text
    assert BY_ID["follow"].help in text
    held.press("escape", "ctrl+z")
    assert "suspend: not available while you follow a class" in held.last
    held.press("y")
    assert held.controller.clipboard_text is None
    held.press("ctrl+p", *"save session")
    assert "no command matches" in held.controller.draw().text()
    held.press("n", "escape", "n", "o")
    assert held.controller.view.hidden_actions == without


def test_what_the_teacher_points_at_is_selected_and_stays_lit():
    held = Class(at="8")
    held.room.point("W", (1, 2))
    held.tell()
    chosen = selection(held.controller.frame, held.controller.view)
    assert (chosen.name, chosen.index) == ("W", (1, 2))
    held.press("left")
    canvas = held.controller.draw()
    assert any("pointed" in row for row in canvas.roles[2:])
    assert "▸" in canvas.text()
    held.room.point("W", (1, 2))
    held.tell()
    assert "▸" not in held.controller.draw().text()


def spots(canvas, role):
    """What the cells of a role say, run by run, in the network's pane."""
    found = []
    for y in range(2, 12):
        run = ""
        for character, other in zip(canvas.characters[y][:38], [*canvas.roles[y][:38]]):
            if other == role:
                run += character
            elif run:
                found.append(run.strip())
                run = ""
    return found


def test_the_node_of_a_cell_that_is_pointed_at_lights_up_wherever_the_pupil_looks():
    for ascii, mark in ((False, "▸"), (True, ">")):
        held = Class(at="8")
        held.controller.theme = Theme(ascii=ascii)
        held.room.point("H", (1,))
        held.tell()
        held.press("/", *"delta_V", "enter")
        canvas = held.controller.draw()
        assert f"{mark}h2" in spots(canvas, "pointed") + spots(canvas, "pointed on node")
        held.room.point("H", (1,))
        held.tell()
        assert f"{mark}h2" not in held.controller.draw().text()


def test_the_edge_of_a_cell_that_is_pointed_at_lights_up_with_its_number():
    held = Class(at="3")
    held.room.point("W", (1, 2))
    held.tell()
    held.press("/", *"net_1", "enter")
    assert spots(held.controller.draw(), "pointed") == ["▸0.6000"]
    held.room.point("V", (0, 0))
    held.tell()
    held.press("/", *"net_1", "enter")
    assert spots(held.controller.draw(), "pointed") == ["▸0.1000"]


def test_the_place_of_an_equation_that_is_pointed_at_lights_up_in_the_timeline():
    held = Class(at="8")
    held.room.point("delta_Y", None)
    held.tell()
    canvas = held.controller.draw()
    line = canvas.text().splitlines()[-2]
    at = canvas.roles[-2].index("pointed")
    assert line[at] == "▸"
    # The fifth of the iteration is the loss, the sixth the first going back.
    assert line[:at].endswith("loss ━ backward ")
    assert canvas.roles[-2].count("pointed") == 1
    held.press("N")
    held.press("o")
    held.room.point("delta_V", None)
    held.tell()
    canvas = held.controller.draw()
    assert canvas.text().splitlines()[-2][canvas.roles[-2].index("pointed")] == "◆"


def test_an_equation_that_one_is_inside_lights_up_too():
    held = Class(at="3")
    held.teacher.goto(3, 1)
    held.room.point("Y", None)
    held.tell()
    assert any(text.startswith("▸Y = ") for text in held.controller.draw().text().splitlines())


def test_an_equation_is_lit_up_where_it_stands():
    held = Class(at="8")
    held.room.point("delta_V", None)
    held.tell()
    canvas = held.controller.draw()
    (line,) = [y for y, text in enumerate(canvas.text().splitlines()) if "▸delta_V = delta_Y *" in text]
    assert canvas.roles[line][1] == "pointed"


def test_what_is_pointed_at_and_is_not_there_is_passed_over():
    held = Class(at="8")
    for name, index in (("W", (9, 9)), ("nothing", (0,)), ("nothing", None), ("E", (0,))):
        held.room.point(name, index)
        held.tell()
        held.controller.draw()


def test_a_caption_stays_on_a_pupils_screen_until_it_is_removed():
    held = Class(at="8")
    held.room.caption = Caption("What flows back here?")
    held.tell()
    assert "What flows back here?" in held.controller.draw().text()
    held.press("n")
    assert "What flows back here?" in held.controller.draw().text()
    held.room.caption = Caption("")
    held.tell()
    assert "What flows back here?" not in held.controller.draw().text()


LONG = "A long caption, as long as it may be, that takes three lines where a screen is small. " + "x " * 36


@pytest.mark.parametrize("size", [(60, 18), (60, 30), (80, 24), (120, 36)])
def test_a_caption_and_a_question_leave_each_other_their_lines(size):
    held = Class(at="net_1", size=size)
    held.room.caption = Caption(LONG.strip())
    held.room.ask((0,))
    held.tell()
    lines = held.controller.draw().text().splitlines()
    said = " ".join(" ".join(line.split()) for line in lines)
    assert LONG.strip() in said
    assert "What will H[0] be after the next equation?" in said
    assert "H[0] will be:" in lines[-1]
    held.press(*"0.56", "enter")
    text = held.controller.draw().text()
    assert "you answered 0.56; wait for anna" in text
    held.room.reveal()
    held.tell()
    assert "0.56 █" in held.controller.draw().text()


def test_where_there_is_room_a_caption_covers_nothing():
    held = Class(at="delta_V")
    held.room.caption = Caption("What flows back here, and from where? " * 3)
    held.tell()
    held.press("escape")
    lines = held.controller.draw().text().splitlines()
    assert len(lines) == 24
    assert "What flows back" in lines[-3]
    assert "backward" in lines[-4]
    assert "n next" in lines[-1]


def test_a_caption_is_spelled_plainly_for_whoever_has_plain_characters_only():
    held = Class(at="8")
    held.controller.theme = Theme(ascii=True)
    held.room.caption = Caption("Größe – «∂E» → 0")
    held.room.ask((0, 0))
    held.tell()
    text = held.controller.draw().text()
    assert text.isascii()
    assert "> 0" in text


def asked(at="net_1"):
    held = Class(at=at)
    held.room.ask((0,))
    held.tell()
    return held


def test_a_question_opens_and_the_answer_arrives():
    held = asked()
    assert "What will H[0] be after the next equation?" in held.controller.draw().text()
    held.press(*"0.5597", "enter")
    assert held.room.answers == {"bob": parse_prediction("0.5597")}
    assert not held.at.is_independent
    assert "you answered 0.5597" in held.controller.draw().text()
    held.room.reveal()
    held.tell()
    text = held.controller.draw().text()
    assert "H[0] is 0.559713649" in text
    assert "1 right" in text
    held.press("escape")
    assert held.controller.panel is None
    held.step()
    assert (held.n, held.controller.panel) == (2, None)


def test_whoever_has_answered_and_left_is_counted_apart():
    held = Class(at="net_1")
    held.room.ask((0,))
    held.tell()
    held.press(*"0.56", "enter")
    joined(held.room, "eve")
    told = TeacherPollPanel(held.room)
    assert told.poll_content()[2].startswith("1 of 2 have answered   Enter")
    held.room.leave(held.pupil)
    assert told.poll_content()[2].startswith("0 of 1 have answered, and 1 who left   Enter")


def test_arithmetic_is_an_answer_and_what_is_no_number_is_none():
    held = asked()
    held.press(*"x", "enter")
    assert held.room.answers == {}
    assert held.controller.prompt is not None
    for _ in range(3):
        held.press("backspace")
    held.press("ctrl+u", *"0.5 + 0.06", "enter")
    assert held.room.answers == {"bob": parse_prediction("0.5 + 0.06")}
    held.press("o", *"inf", "enter")
    assert held.room.answers == {"bob": parse_prediction("0.5 + 0.06")}


def test_one_may_look_around_before_one_answers_and_answer_again():
    held = asked()
    held.press("escape")
    assert held.controller.prompt is None
    held.press("f3", "down", "x")
    assert not held.at.is_independent
    assert "What will H[0] be" in held.controller.draw().text()
    held.press("o", *"0.5", "enter", "o", *"0.56", "enter")
    assert held.room.answers == {"bob": parse_prediction("0.56")}


def test_whoever_comes_is_told_how_this_works_and_where_they_are():
    for at in ("0", "8", "i100:W"):
        assert Class(at=at).last == "you follow anna; step or edit on your own at any time, o brings you back"


def test_what_is_told_at_first_stays_until_something_happens():
    of = room("article", "8")
    _, mirror = joined(of)
    controller = make_controller(Session(mirror.network), Theme())
    controller.show_message("there is a bob already: here you are bob 2")
    PupilState(controller, mirror, lambda message: None)
    assert "bob 2" in controller.draw().text()


def test_while_one_is_asked_it_stands_there_what_an_answer_may_be():
    held = asked()
    assert "number or arithmetic; Escape looks around, o asks again" in held.controller.draw().text()


def test_whoever_is_on_their_own_is_told_of_a_question_once():
    held = Class(at="net_1")
    held.press("n", "right")
    held.room.ask((0,))
    held.tell()
    assert held.last == "anna asks the class something; o goes there"
    held.press("right")
    held.room.caption = Caption("Hurry.")
    held.tell()
    assert "asks the class" not in held.last


def test_whoever_is_on_their_own_hears_of_the_question_and_comes_back_to_it():
    held = Class(at="net_1")
    held.press("n")
    held.room.ask((0,))
    held.tell()
    assert held.controller.panel is None
    for width in (60, 80, 120):
        held.controller.size = (width, 24)
        lines = held.controller.draw().text().splitlines()
        assert "on your own; anna asks at n = 1" in lines[0]
        held.press("right")
        assert lines[-1].startswith(" o follow") or "o goes there" in lines[-1]
    held.press("o")
    assert held.n == 1
    assert "What will H[0] be" in held.controller.draw().text()


def test_going_on_closes_the_question_for_everybody():
    held = asked()
    held.step()
    assert (held.controller.prompt, held.controller.panel, held.n) == (None, None, 2)


def reveals(held):
    held.room.reveal()
    held.tell()


@pytest.mark.parametrize("closes", [Class.step, reveals], ids=["going on", "revealing"])
def test_what_one_goes_on_typing_when_the_question_closes_is_no_command(closes):
    held = asked()
    held.press("0", ".")
    closes(held)
    assert held.n == held.teacher.n
    assert held.last.startswith("too late: anna has moved on; Enter follows: 0.")
    held.step()
    held.press("5", "5", "enter")
    assert (held.at.is_independent, held.controller.prompt, held.n, held.room.answers) == (
        False,
        None,
        held.teacher.n,
        {},
    )
    held.step()
    assert held.n == held.teacher.n


def test_half_an_answer_is_still_there_when_the_question_is():
    held = asked()
    held.press(*"0.55")
    held.step()
    held.step(-1)
    assert held.last == "H[0] will be: 0.55"
    restarted(held, {})
    assert held.last == "H[0] will be: 0.55"
    held.press(*"97", "enter")
    assert held.room.answers == {"bob": parse_prediction("0.5597")}
    held.step()
    held.room.ask((0,))
    held.tell()
    assert held.last == "net_2[0] will be:"


def test_an_answer_can_be_typed_again_without_another_key():
    held = asked()
    held.press(*"0.02", "enter", *"0.0275", "enter")
    assert held.room.answers == {"bob": parse_prediction("0.0275")}
    held.press("enter", *"-1", "enter", "escape", "escape")
    assert held.room.answers == {"bob": parse_prediction("-1")}
    assert not held.at.is_independent


def test_enter_after_the_reveal_edits_nothing():
    held = asked()
    reveals(held)
    held.press("enter")
    assert held.controller.prompt is None
    assert not held.at.is_independent
    assert "0.559713649" in held.controller.draw().text()


@pytest.mark.parametrize(
    ("typed", "verdict"),
    [
        ("0.5597", "you answered 0.5597: right"),
        ("0.24", "you answered 0.24: that is net_1[0], before the activation"),
        ("0.6", "you answered 0.6: too coarse: give 2 digits or more"),
        ("17", "you answered 17: wrong"),
    ],
)
def test_after_the_reveal_one_is_told_what_ones_answer_was(typed, verdict):
    held = asked()
    held.press(*typed, "enter")
    assert "right" not in held.controller.draw().text()
    reveals(held)
    text = held.controller.draw().text()
    assert verdict in text
    assert f"{int(typed == '0.5597')} of 1 right" in text


def test_on_a_small_screen_the_right_answers_are_seen():
    held = Class(at="net_1", size=(60, 18))
    held.room.ask((0,))
    for at, text in enumerate(["0.1", "0.1", "0.2", "0.3", "0.5", "0.5597", "0.7"]):
        pupil, _ = joined(held.room, f"pupil {at}")
        held.room.handle(pupil, said(protocol.answer_message(1, parse_prediction(text))))
    reveals(held)
    text = held.controller.draw().text()
    assert "1 of 7 right" in text
    assert "0.5597 █" in text
    assert "0.1 █" in text
    assert "more values, given" in text


def test_a_key_of_the_teacher_that_slipped_loses_no_answer():
    held = asked()
    held.press(*"0.56", "enter")
    held.step()
    assert held.controller.panel is None
    held.step(-1)
    assert held.room.answers == {"bob": parse_prediction("0.56")}
    assert "you answered 0.56; wait for anna" in held.controller.draw().text()
    reveals(held)
    held.step()
    held.step(-1)
    assert not held.room.question.number


def test_another_question_takes_the_place_of_one_that_was_closed():
    held = asked()
    held.step()
    held.room.ask((0,))
    held.step(-1)
    assert not held.room.question.number


@pytest.mark.parametrize("keys", [["g"], ["e"], ["?"], ["ctrl+p"]], ids=str)
def test_what_holds_the_screen_is_told_and_that_something_is_asked(keys):
    held = Class(at="net_1")
    held.press(*keys)
    assert held.flag == "following anna n = 1"
    held.step(2)
    assert (held.n, held.flag) == (1, "Escape follows anna n = 3")
    held.room.ask((0,))
    held.tell()
    assert held.flag == "anna asks; Escape follows n = 3"
    held.press("escape")
    assert (held.n, held.flag) == (3, "following anna n = 3")
    assert "be after the next equation?" in held.controller.draw().text()


def test_stepping_past_an_open_question_is_leaving():
    held = asked()
    held.press("escape", "n")
    assert held.at.is_independent
    assert held.controller.panel is None


def test_the_class_begins_anew_and_the_answer_is_given_again():
    held = asked()
    held.press(*"0.56", "enter")
    held.at.teacher_is_offline = True
    assert held.flag == "teacher away, reconnecting"
    before, held.room = held.room, room(at="net_1")
    held.room.resume(before.caption, before.pointed, before.question, {})
    held.pupil, mirror = joined(held.room)
    held.at.restart(mirror, Session(mirror.network))
    held.arrive()
    assert held.room.answers == {"bob": parse_prediction("0.56")}
    assert held.flag == "following anna n = 1"
    assert "you answered 0.56" in held.controller.draw().text()


def restarted(held, answers):
    """The teacher's process is another; what was asked is still asked."""
    before, held.room = held.room, room(at="net_1")
    held.room.resume(before.caption, before.pointed, before.question, answers)
    held.pupil, mirror = joined(held.room)
    held.at.restart(mirror, Session(mirror.network))
    held.arrive()


def test_whoever_has_answered_has_the_screen_they_had_when_the_teacher_comes_back():
    held = asked()
    held.press(*"0.4 * 0.6", "enter")
    before = held.controller.draw().text()
    assert "you answered 0.4 * 0.6; wait for anna" in before
    restarted(held, {})
    assert held.controller.draw().text() == before
    assert held.controller.prompt is None
    assert held.room.answers == {"bob": parse_prediction("0.4 * 0.6")}
    held.room.reveal()
    held.tell()
    assert "you answered 0.4 * 0.6" in held.controller.draw().text()


def test_whoever_has_not_answered_is_asked_again_when_the_teacher_comes_back():
    held = asked()
    held.press("escape")
    restarted(held, {})
    assert held.controller.prompt is not None
    assert held.room.answers == {}


def test_the_zeros_of_an_answer_arrive():
    held = asked()
    held.press(*"0.560", "enter")
    assert held.room.answers == {"bob": parse_prediction("0.560")}
    assert held.room.answers != {"bob": parse_prediction("0.56")}


def test_the_way_back_is_told_when_there_is_room_for_it():
    held = Class(at="8")
    told = "you are on your own; o follows anna again"
    held.press(*"ne")
    assert told not in held.last
    held.press("escape")
    assert held.last == told
    held.press("right")
    assert told not in held.last
    held.press("?", "escape")
    assert held.last == told
    held.press("e", *"0.5", "enter")
    assert "to 0.5; everything after it is computed" in held.controller.draw().text()
    held.press("left")
    assert held.last == told
    held.press("o", "?", "escape")
    assert told not in held.last


def test_the_way_back_is_told_after_a_key_that_left_by_itself_with_a_sentence():
    held = Class(at="8")
    held.press("m", *"here", "enter")
    assert "mark here set" in held.last
    held.press("right")
    assert held.last == "you are on your own; o follows anna again"


def test_whoever_is_on_their_own_stays_so_when_the_teacher_comes_back():
    held = Class(at="8")
    held.press("n", "n")
    held.at.teacher_is_offline = True
    assert held.flag == "on your own; teacher away"
    held.room = room("mazur", "3")
    held.pupil, mirror = joined(held.room)
    held.at.restart(mirror, Session(mirror.network))
    assert (held.n, held.flag) == (10, "on your own; anna at n = 3")
    held.press("o")
    assert (held.n, held.controller.session.network.name) == (3, "mazur")


def test_the_end_of_the_class_is_told():
    held = Class(at="8")
    held.room.over = True
    held.tell()
    assert held.flag == "the class is over"
    told = "the class is over: q quits; wait to rejoin when anna opens it again"
    assert held.last == told
    held.press("n")
    assert held.n == 9
    assert held.at.priority_actions == ()
    held.press("o")
    assert held.last == told


def test_the_end_of_the_class_closes_its_question():
    held = asked()
    held.press("0", ".", "2")
    held.room.over = True
    held.tell()
    assert (held.controller.panel, held.controller.prompt) == (None, None)
    held.press("o")
    assert (held.controller.panel, held.controller.prompt) == (None, None)


def test_an_answer_is_a_number_of_the_wire():
    held = asked()
    held.press(*"1/3", "enter")
    assert held.room.answers == {"bob": parse_prediction("1/3")}
