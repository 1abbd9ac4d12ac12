"""A class at the teacher's: what pupils are owed, and what becomes of what they say."""

import pytest
from classrooms import answered, joined, owed, room, said
from hypothesis import example, given
from hypothesis import strategies as st
from networks_for_screens import MADE

from bpstep.classroom.polls import answer_bars, right_answers
from bpstep.classroom.protocol import Answer, Caption, Hello, Pointed, Position, encode, from_pupil
from bpstep.classroom.room import MAX_PUPILS
from bpstep.errors import BpstepError
from bpstep.learn.grade import parse_prediction
from bpstep.learn.next_step import next_step
from bpstep.storage.cursor_position import CursorPosition


def test_whoever_comes_late_gets_everything_at_once():
    of = room("mazur", "i3:delta_W")
    of.session.edit("W", (0, 1), 0.25)
    of.session.fork()
    of.session.mark("here")
    of.caption, of.pointed = Caption("Look here."), Pointed("W", (0, 1))
    _, mirror = joined(of)
    assert mirror.is_complete
    assert mirror.welcome.teacher == "anna"
    assert mirror.events == of.session.journal.events
    assert mirror.place == CursorPosition(of.session.n)
    assert (mirror.caption, mirror.pointed) == (of.caption, of.pointed)


def test_a_step_is_a_line_of_few_bytes_and_nothing_else():
    of = room()
    pupil, mirror = joined(of)
    for _ in range(200):
        of.session.step()
        data = owed(of, pupil)
        assert len(data) <= 200
        assert data.count(b"\n") == 1
        mirror.feed(data)
        assert mirror.place == CursorPosition(of.session.n)
    assert owed(of, pupil) == b""


def test_an_edit_is_a_line_too_and_the_position_comes_after_it():
    of = room(at="delta_V")
    pupil, mirror = joined(of)
    of.session.edit("delta_V", (0,), 0.25)
    data = owed(of, pupil)
    assert len(data) <= 200
    assert data.endswith(b'{"n":8}\n')
    mirror.feed(data)
    assert mirror.events == of.session.journal.events


def test_owed_is_the_newest_and_not_what_was_in_between():
    of = room()
    pupil, _ = joined(of)
    for n in range(1000):
        of.session.step()
        of.caption = Caption(f"This is step {n}.")
    data = owed(of, pupil)
    assert len(data) < 200
    assert b"This is step 999." in data
    assert b'{"n":1000}' in data


def test_a_large_network_is_handed_out_in_portions():
    of = room(MADE["wide"]())
    pupil = of.enter(Hello("bob"))
    portions = list(iter(lambda: of.pending(pupil), b""))
    assert max(map(len, portions)) <= 2**16
    assert sum(map(len, portions)) > 2**20


def test_names_that_are_taken_get_a_number():
    of = room()
    found = [of.enter(Hello(name)).name for name in ("ada", "ada", "ada", "x" * 24, "x" * 24)]
    assert found[:3] == ["ada", "ada 2", "ada 3"]
    assert len(set(found)) == 5
    for name in found:  # a pupil whose line was down comes back under the name they were given
        assert said(Hello(name)) == Hello(name)


def test_who_has_left_makes_room_for_the_name():
    of = room()
    first = of.enter(Hello("ada"))
    of.leave(first)
    assert of.enter(Hello("ada")).name == "ada"


def test_the_teacher_sees_who_follows_and_who_has_wandered_off():
    of = room(at="8")
    (one, _), _ = joined(of), joined(of)
    assert of.following == 2
    of.handle(one, said(Position(20, 0, True)))
    assert (of.following, one.place.n) == (1, 20)
    of.handle(one, said(Position(0, 0, False)))
    assert of.following == 2


def test_pointing_again_at_the_same_takes_it_away():
    of = room()
    assert of.point("W", (0, 1))
    assert of.point("delta_V", None)
    assert not of.point("delta_V", None)
    assert of.pointed == Pointed("", None)


def test_answers_are_counted_once_for_each_pupil_and_the_last_one_holds():
    of = room(at="net_1")
    (ada, _), (bob, _) = joined(of, "ada"), joined(of, "bob")
    of.ask((0,))
    number = of.question.number
    for pupil, text in ((ada, "0.5"), (bob, "0.5597"), (ada, "0.56")):
        of.handle(pupil, said(answered(number, text)))
    assert of.answers == {"ada": parse_prediction("0.56"), "bob": parse_prediction("0.5597")}
    of.reveal()
    # 0.5597 is sigmoid(0.24), as everybody can work out.
    assert of.question.value == "0.559713649"
    assert of.question.bars == (("0.5597", 1, True), ("0.56", 1, True))


def test_answers_of_those_who_have_gone_do_not_pile_up_and_nobody_who_is_there_is_left_out():
    of = room(at="net_1")
    ada, _ = joined(of, "ada")
    of.ask((0,))
    of.handle(ada, said(answered(1, "0.5")))
    for k in range(MAX_PUPILS + 50):
        pupil, _ = joined(of, f"p{k}")
        of.handle(pupil, said(answered(1, "0.5597")))
        of.leave(pupil)
    assert len(of.answers) == MAX_PUPILS
    bob, _ = joined(of, "bob")
    of.handle(bob, said(answered(1, "0.5597")))
    of.handle(ada, said(answered(1, "0.5597")))
    assert {"ada", "bob"} < of.answers.keys()
    assert len(of.answers) == MAX_PUPILS


def test_an_answer_to_another_question_or_after_the_reveal_is_passed_over():
    of = room(at="net_1")
    ada, _ = joined(of, "ada")
    of.handle(ada, said(answered(1, "0.5")))
    of.ask((0,))
    of.handle(ada, said(answered(of.question.number + 1, "0.5")))
    of.reveal()
    of.handle(ada, said(answered(of.question.number, "0.5")))
    assert of.answers == {}
    with pytest.raises(BpstepError):
        of.reveal()


def test_the_question_is_over_when_the_teacher_goes_on():
    of = room(at="net_1")
    pupil, mirror = joined(of)
    of.ask((0,))
    mirror.feed(owed(of, pupil))
    assert mirror.question.is_open
    assert not of.drop_stale_question()
    of.session.step()
    assert of.drop_stale_question()
    mirror.feed(owed(of, pupil))
    assert not mirror.question.number
    of.ask((0,))
    assert of.question.number == 2


def test_a_question_of_before_is_not_revealed_where_the_teacher_stands_now():
    of = room(at="net_1")
    of.ask((0,))
    of.session.step()
    with pytest.raises(BpstepError, match="no question is open"):
        of.reveal()
    of.ask((0,))
    assert (of.question.number, of.question.n, of.question.name) == (2, 2, "net_2")
    of.ask((0,))
    assert of.question.number == 2
    of.reveal()
    assert float(of.question.value) == pytest.approx(0.48839326)


def test_a_class_that_goes_on_does_not_use_a_number_again():
    first, again = room(at="net_1"), room(at="net_1")
    first.ask((0,))
    again.resume(first.caption, first.pointed, first.question, first.answers)
    again.session.step()
    again.ask((0,))
    assert again.question.number == 2


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(0, 1e300), st.integers(0, 400))
@example(1.7976e308, 0.0, 99)
@example(5e-324, 5e-324, 99)
@example(-1e308, 1e300, 5)
def test_any_answer_that_can_be_sent_can_be_revealed(value, unit, digits):
    of = room(at="net_1")
    ada, _ = joined(of, "ada")
    of.ask((0,))
    of.handle(ada, from_pupil(encode(Answer(1, value, unit, digits))[:-1]))
    of.reveal()
    ((_, count, _),) = of.question.bars
    assert count == 1


def test_no_pupil_is_told_the_answer_before_it_is_revealed():
    of = room(at="net_1")
    ada, _ = joined(of, "ada")
    of.ask((0,))
    of.handle(ada, said(answered(of.question.number, "0.123")))
    told = owed(of, ada)
    assert b"0.559" not in told
    assert b"0.123" not in told


def test_a_cell_that_is_not_there_can_not_be_asked_for():
    of = room(at="net_1")
    for index in ((3,), (0, 0), ()):
        with pytest.raises(BpstepError):
            of.ask(index)


def test_bars_are_values_in_order_and_the_rarest_share_one():
    def of(*texts):
        return answer_bars(map(parse_prediction, texts))

    assert of("0.3", "0.25", "0.3", "-1", "-1", "-1") == (
        ("-1", 3, False),
        ("0.25", 1, False),
        ("0.3", 2, False),
    )
    many = of(*map(str, range(20)), *["7"] * 5)
    assert len(many) == 8
    assert many[-1] == ("others", 13, False)
    assert ("7", 6, False) in many
    assert sum(count for _, count, _ in many) == 25
    assert of() == ()
    assert of("0", "-0") == (("0", 2, False),)


def test_answers_that_agree_to_four_decimals_are_one_and_as_exact_as_typed():
    def labels(*texts):
        return [label for label, _, _ in answer_bars(map(parse_prediction, texts))]

    assert labels("0.559713649", "0.5597", "0.55971") == ["0.5597"]
    assert labels("0.5", "0.50", "0.500") == ["0.5", "0.50", "0.500"]
    assert labels("1/3", "0.3333") == ["0.3333"]
    assert labels("0.00012345", "1e-9", "12e7") == ["1e-9", "0.0001234", "120000000"]
    assert labels("1/2", "1e12", "-3.", "1e300*10") == ["-3", "0.5", "1e12", "1e301"]


def test_right_is_what_predict_mode_calls_right():
    at = next_step(room(at="net_1").session)
    given = ["0.5597", "0.55971", "0.559713649", "0.56", "0.560", "0.5598", "0.6", "0.24", "0.5600"]
    assert right_answers(at, (0,), map(parse_prediction, given)) == set(map(parse_prediction, given[:5]))


def test_the_zeros_that_were_typed_count():
    of = room("mazur", at="net_1")
    (ada, _), (bob, _) = joined(of, "ada"), joined(of, "bob")
    of.ask((0, 1))
    # H[0,1] is 0.5969: one digit is too coarse, two are not.
    for pupil, text in ((ada, "0.6"), (bob, "0.60")):
        of.handle(pupil, said(answered(of.question.number, text)))
    of.reveal()
    assert of.question.bars == (("0.6", 1, False), ("0.60", 1, True))
