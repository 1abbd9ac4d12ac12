"""Playing: the steps by themselves, at a speed that is chosen, until a key or a breakpoint ends it."""

import pytest
from debugger_driver import controller, debugging
from make_networks import differing

from bpstep.errors import BpstepError
from bpstep.session.session import Session
from bpstep.ui.commands import play
from bpstep.ui.playback import SPEEDS


class Clock:
    """A clock that stands still until it is advanced."""

    now = 100.0

    def __call__(self):
        return self.now


def playing_controller(*keys, **given):
    """A controller that plays, and its clock."""
    made, clock = controller(**given), Clock()
    made.playback_clock = clock
    for key in (*keys, "play"):
        made.run_action(key)
    return made, clock


def pass_time(made, clock, seconds, parts=1):
    for _ in range(parts):
        clock.now += seconds / parts
        play.play_due_steps(made)


async def test_space_plays_and_pauses_and_the_first_line_says_so():
    async with debugging(size=(100, 24)) as person:
        await person.press("+", "+", "+", "space")
        assert "playing 32/s" in person.lines[0]
        await person.until(lambda: person.n >= 3)
        await person.press("space")
        assert "playing" not in person.lines[0]
        assert person.last == "paused"
        stopped_at = Session(person.controller.session.network)
        stopped_at.goto(person.n)
        assert differing(person.frame.tensors, stopped_at.frame.tensors) == []
        n = person.n
        await person.press("right")
        assert person.n == n


@pytest.mark.parametrize("key", ["n", "N", "e", "g", "escape", "c", "U", "<"])
async def test_any_key_that_moves_or_edits_pauses_first(key):
    async with debugging(at="8") as person:
        await person.press("space")
        assert person.controller.playback.is_on
        await person.press(key)
        assert not person.controller.playback.is_on


async def test_looking_around_does_not_pause():
    async with debugging(at="8") as person:
        await person.press("space", "right", "x", "tab", "z", "+", "-")
        assert person.controller.playback.is_on


def test_as_many_equations_are_done_as_the_time_that_passed():
    for at, speed in enumerate(SPEEDS):
        made, clock = playing_controller()
        made.playback.speed_index = at
        pass_time(made, clock, 2 / speed.rate, parts=40)
        assert made.session.n == 2 * (made.session.period if speed.whole_iterations else 1), speed


def test_what_a_slow_screen_has_missed_is_done_at_once_and_what_is_long_past_is_let_go():
    made, clock = playing_controller(*["faster"] * 2)
    assert made.playback.speed.text == "16/s"
    pass_time(made, clock, 0.25)
    assert made.session.n == 4
    pass_time(made, clock, 1000)
    assert made.session.n <= 6


def test_a_change_of_speed_counts_from_now_on():
    made, clock = playing_controller(*["slower"] * 4)
    assert made.playback.speed.text == "1/4 per second"
    pass_time(made, clock, 3)
    for _ in range(5):
        made.run_action("faster")
    assert made.session.n == 0
    assert made.playback.seconds_to_next(clock()) == pytest.approx(1 / 8)
    made.run_action("slower", 9)
    made.run_action("slower")
    assert made.view.message == "1/4 per second is the slowest"


def test_playing_stops_at_a_breakpoint_even_between_two_paintings():
    made, clock = playing_controller("breakpoint", *["faster"] * 12, at="delta_V")
    assert made.playback.speed.text == "64 iterations/s"
    pass_time(made, clock, 0.1)
    assert made.session.n == 16 + 8
    assert made.view.message == "breakpoint 1: delta_V was computed"
    assert not made.playback.is_on


def test_inside_an_equation_its_operations_are_the_steps():
    made, clock = playing_controller("into", "into")
    assert made.session.k == 2
    pass_time(made, clock, 0.5, parts=8)
    assert (made.session.n, made.session.k) == (0, 4)
    pass_time(made, clock, 60, parts=600)
    assert made.session.n >= 1
    assert made.playback.is_on


def test_nothing_goes_on_under_a_question_or_a_list():
    made, clock = playing_controller()
    made.run_action("find")
    pass_time(made, clock, 1, parts=10)
    assert (made.session.n, made.prompt.label) == (0, "find:")
    made.handle_prompt_key("escape")
    made.run_action("play")
    made.run_action("help")
    pass_time(made, clock, 1, parts=10)
    assert made.session.n == 0


def test_predict_mode_does_not_play():
    made = controller()
    made.run_action("predict")
    made.run_action("play")
    assert not made.playback.is_on
    assert made.view.message == "predict mode asks before each step; turn it off with p to play"


def test_playing_inside_goes_on_in_the_next_equation_and_a_breakpoint_at_its_end_is_told():
    made, clock = playing_controller("into")
    pass_time(made, clock, 14 / 4, parts=28)
    assert (made.session.n, made.session.k) == (1, 3)
    assert made.playback.is_on
    made, clock = playing_controller("into", "breakpoint", at="net_1")
    while made.playback.is_on and made.session.n < 5:
        pass_time(made, clock, 1 / 8)
    assert (made.session.n, made.session.k) == (2, 0)
    assert made.view.message == "breakpoint 1: H was computed"


def test_an_equation_that_fails_stops_the_playing_and_says_why(monkeypatch):
    made, clock = playing_controller()
    message = "H: this has no value"

    def fail(*_):
        raise BpstepError(message)

    monkeypatch.setattr(play, "_advance", fail)
    pass_time(made, clock, 10)
    assert not made.playback.is_on
    assert (made.view.message, made.view.alert) == (message, True)
