"""A lesson in the terminal: it goes on by itself, Space pauses it, what one tries then changes nothing."""

from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from debugger_driver import Person, Watched
from lesson_files import lesson, play_to

from bpstep.errors import LessonFailed
from bpstep.lessons import builtin
from bpstep.lessons.player import Player
from bpstep.render.theme import Theme
from bpstep.tui import key_names
from bpstep.tui.lesson import LessonFrontend
from bpstep.ui.commands import play

TEXT = """
say "First the inputs."
n
say "That was net_1."
n
expect H[0] 0.5597136493
say "And H."
n*2
"""
KEYS = {"next": ("K",)}


def seat(text=TEXT, keys=None):
    found = LessonFrontend(lesson(text), Theme(), keys or {})
    found.resize(80, 24)
    return found


def text(found):
    return found.draw().text()


def pass_all(found, milliseconds):
    for _ in range(milliseconds // 100):
        found.advance_time(100)


def test_a_lesson_goes_on_by_itself_and_the_first_line_says_how_far_it_is():
    found = seat()
    assert "lesson 0:00/0:10" in text(found).splitlines()[0]
    assert "First the inputs." in text(found)
    assert found.controller.session.n == 0
    pass_all(found, 3000)
    assert found.controller.session.n == 1
    assert "That was net_1." not in text(found)
    pass_all(found, 600)
    assert "That was net_1." in text(found)
    assert "lesson 0:03/0:10" in text(found).splitlines()[0]


def test_when_the_terminal_sleeps_the_lesson_does():
    found = seat()
    found.advance_time(3_600_000)
    assert "lesson 0:01" in text(found)


def test_space_stops_and_the_keys_are_ones_own_until_it_goes_on_as_it_was():
    found = seat()
    pass_all(found, 3600)
    before = text(found)
    assert found.handle_key("space") == ""
    assert "lesson paused" in text(found)
    assert "Space goes on" in text(found)
    for key in [*"nn/V", "enter", "e", "7", "enter", *"5}z"]:
        assert found.handle_key(key) == ""
    assert found.controller.session.n > 50
    assert found.controller.frame.edits
    pass_all(found, 60_000)
    assert "lesson paused" in text(found)
    found.handle_key("space")
    assert text(found) == before
    pass_all(found, 60_000)
    assert "lesson over" in text(found)
    undisturbed = play_to(Player(lesson(TEXT), (80, 24)), len(found.player.actions))
    assert found.player.draw().text().splitlines()[1:] == undisturbed.draw().text().splitlines()[1:]


def test_space_is_a_blank_where_one_types():
    found = seat()
    for key in ["space", "ctrl+p", *"next", "space", "e"]:
        found.handle_key(key)
    assert found.practice_controller is not None
    assert "next e" in text(found)
    for key in ["escape", "g", "space"]:
        found.handle_key(key)
    assert found.practice_controller is not None


@pytest.mark.parametrize("opened", ["?", "e", "G", "B", "ctrl+p", "E"])
def test_what_the_lesson_has_left_open_does_not_keep_it_from_going_on(opened):
    found = seat(f'n*6\n{opened}\nsay "Here it is."\nwait 9')
    pass_all(found, 5000)
    before = text(found)
    assert found.controller.prompt or found.controller.panel
    for _ in range(2):
        found.handle_key("space")
        assert "Space goes on" in text(found)
        found.handle_key("space")
        assert text(found) == before


@pytest.mark.parametrize("opened", ["?", "e", "G", "ctrl+p"])
@pytest.mark.parametrize("lessons", [True, False], ids=["the lesson's", "one's own"])
def test_what_one_does_something_with_has_the_key_until_it_is_closed(opened, lessons):
    found = seat(f'n*6\n{opened if lessons else ""}\nsay "Here it is."\nwait 9')
    pass_all(found, 5000)
    before = text(found)
    found.handle_key("space")
    found.handle_key("down" if lessons else opened)
    assert "Escape, then Space" in text(found)
    found.handle_key("space")
    assert found.practice_controller is not None
    found.handle_key("escape")
    assert "Space goes on" in text(found)
    found.handle_key("space")
    assert text(found) == before


def test_the_mouse_does_something_too():
    found = seat('n*6\nG\nsay "Here it is."\nwait 9')
    pass_all(found, 5000)
    for touch in (
        lambda: found.handle_wheel("", 1),
        lambda: found.handle_click(None, False),
        lambda: found.handle_paste("1"),
    ):
        found.handle_key("space")
        assert "Space goes on" in text(found)
        touch()
        assert "Escape, then Space" in text(found)
        found.handle_key("escape")
        found.handle_key("space")
        assert found.practice_controller is None


PLAYING = 'n\nspace\nsay "It plays."\nwait 20'


def test_a_lesson_that_plays_stands_still_where_it_is_paused():
    found = seat(PLAYING)
    pass_all(found, 6000)
    n, before = found.controller.session.n, text(found)
    assert n > 10
    found.handle_key("space")
    assert found.controller.session.n == n
    assert not found.controller.playback.is_on
    assert "playing" not in text(found)
    pass_all(found, 1000)
    assert found.controller.session.n == n
    found.handle_key("space")
    assert text(found) == before
    pass_all(found, 1000)
    assert found.controller.session.n == n + 4


def test_the_practice_controller_takes_its_time_from_a_clock(monkeypatch):
    seconds = [100.0]
    monkeypatch.setattr("bpstep.tui.lesson.time.monotonic", lambda: seconds[0])
    found = seat(PLAYING)
    pass_all(found, 6000)
    found.handle_key("space")
    n = found.controller.session.n
    found.controller.run_action("play")
    play.play_due_steps(found.controller)
    assert found.controller.session.n == n
    seconds[0] += 0.5
    play.play_due_steps(found.controller)
    assert found.controller.session.n == n + 2


def test_while_it_plays_ones_keys_do_nothing_to_it():
    found = seat()
    before = text(found)
    for key in "nNe5x?gRUz":
        assert found.handle_key(key) == ""
    assert found.handle_click(("cell", "X", (0,)), True) == ""
    assert found.handle_wheel("tensors", 1) == ""
    found.handle_paste("abc")
    assert text(found).replace("Space, then keys", "    Space pauses") == before


@pytest.mark.parametrize(
    "touch", [lambda found: found.handle_key("n"), lambda found: found.handle_click(None, False)]
)
def test_while_it_plays_it_says_what_comes_before_ones_keys(touch):
    found = seat()
    for goes_on in (lambda: pass_all(found, 4000), lambda: found.handle_key("}")):
        touch(found)
        assert "Space, then keys" in text(found)
        goes_on()
        assert "Space pauses" in text(found)
    touch(found)
    found.handle_key("space")
    found.handle_key("space")
    assert "Space pauses" in text(found)


def test_without_captions_space_is_told_too():
    found = seat("n\nwait 9")
    assert "Space pauses" in text(found)
    found.handle_key("space")
    assert "Space goes on" in text(found)
    assert found.controller.size == (80, 22)


def test_braces_lead_from_caption_to_caption():
    found = seat()
    captions = []
    for key in "}}}{{{":
        found.handle_key(key)
        captions.append((found.player.caption, found.controller.session.n))
    assert captions[:2] == [("That was net_1.", 1), ("And H.", 2)]
    assert captions[2] == ("And H.", 4), "to the end"
    assert captions[3:] == [("That was net_1.", 1), ("First the inputs.", 0), ("First the inputs.", 0)]


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
def test_a_lesson_can_be_left_while_it_plays(key):
    assert seat().handle_key(key) == "quit"


def test_escape_closes_what_is_open_and_q_leaves():
    found = seat()
    assert found.handle_key("escape") == "", "nothing is open while it plays"
    found.handle_key("space")
    found.handle_key("z")
    assert found.handle_key("escape") == ""
    assert not found.controller.view.zoomed
    assert found.handle_key("q") == "quit"


def test_at_its_end_the_keys_are_ones_own_and_space_begins_it_again():
    found = seat()
    pass_all(found, 20_000)
    assert "Space: again" in text(found)
    found.handle_key("n")
    assert found.controller.session.n == 5
    found.handle_key("space")
    assert "First the inputs." in text(found)
    assert found.controller.session.n == 0


def test_the_key_that_one_leaves_with_leaves_a_lesson_too():
    found = seat(keys={"quit": ("Q",)})
    assert found.handle_key("q") == ""
    assert found.handle_key("Q") == "quit"


def test_changed_keys_are_ones_own_and_not_the_lessons():
    found = seat(keys=KEYS)
    pass_all(found, 3600)
    assert found.controller.session.n == 1
    assert "n next" in text(found)
    found.handle_key("space")
    found.handle_key("K")
    assert found.controller.session.n == 2
    assert "K next" in text(found)


def test_another_size_is_kept_when_it_goes_on():
    found = seat()
    found.resize(120, 36)
    found.handle_key("space")
    found.resize(100, 30)
    assert (found.draw().width, found.draw().height) == (100, 30)
    found.handle_key("space")
    found.handle_key("{")
    assert (found.draw().width, found.draw().height) == (100, 30)


def test_a_lesson_that_somebody_sends_can_write_only_what_the_learner_writes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = seat("n\nn")
    found.handle_key("space")
    for key in ["ctrl+p", *"save network", "enter", *"./own.toml", "enter"]:
        found.handle_key("space" if key == " " else key)
    assert Path("own.toml").exists()


@asynccontextmanager
async def watching(lesson, size=(80, 24)):
    """Somebody before a lesson in the debugger."""
    heard = []
    app = Watched(LessonFrontend(lesson, Theme(), {}))

    def pressed(event):
        heard.append(key_names.key_of(event))
        return heard[-1]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("bpstep.tui.app.key_of", pressed)
        async with app.run_test(size=size) as pilot:
            person = Person(app, pilot, heard)
            await person.until(lambda: app.canvas_widget.canvas.width == size[0])
            yield person


async def test_a_lesson_is_watched_stopped_tried_and_left():
    async with watching(builtin.open_lesson("forward")) as person:
        await person.press(*"}}}}}}")
        assert "h1 weighs both inputs" in person.text
        await person.press("space")
        assert "lesson paused" in person.text
        await person.press("n", "n")
        assert person.n == 3
        await person.press("space")
        assert person.n == 1
        await person.until(lambda: "lesson 1:" in person.lines[0])
        await person.press("q")
        await person.until(lambda: not person.app.is_running)
        assert person.app.return_code == 0


async def test_a_lesson_that_plays_has_no_clock_beside_its_own():
    async with watching(lesson(PLAYING)) as person:
        await person.until(lambda: person.n > 2)
        await person.press("n")
        assert person.controller.playback.is_on
        assert person.app._playback_timer is None
        await person.press("space")
        person.controller.run_action("play")
        person.app.start_pending_work()
        assert person.app._playback_timer is not None, "practice has the debugger's timer"


LONG = 'say "hello"\n999999999n\nsay "there"\n'


def passed(found, wanted):
    """Let time pass, and the way that is being gone have its turns, until a text is on the screen."""
    for _ in range(1000):
        if wanted in text(found):
            return
        if found.controller.job is not None:
            found.controller.advance_job()
        found.advance_time(100)
    raise AssertionError(text(found))


def test_a_long_way_is_shown_can_be_left_and_nothing_of_it_is_gone_before():
    found = seat(LONG)
    assert "hello" in text(found)
    passed(found, "going to n = 999,999,999")
    assert "Escape stops it" in text(found)
    time, said = found.player.time, "other keys wait"
    for key in ("n", "}", "space", "5"):
        assert found.handle_key(key) == ""
        passed(found, said)
    found.advance_time(5000)
    assert found.player.time == time, "the lesson waits"
    found.handle_key("escape")
    assert "stopped: nothing has moved" in text(found)
    assert "lesson stopped" in text(found)
    found.handle_key("n")
    assert found.controller.session.n == 1, "the keys are the learner's"
    found.handle_key("space")
    assert "hello" in text(found)
    assert found.controller.session.n == 0


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
def test_a_lesson_can_be_left_on_a_long_way(key):
    found = seat(LONG)
    passed(found, "going to n = 999,999,999")
    assert found.handle_key(key) == "quit"


WAY = 'say "One."\n99999n\nsay "Two."\nn\nsay "Three."\nn\n'


def test_where_playing_again_takes_long_it_is_shown_and_leads_there(monkeypatch):
    monkeypatch.setattr("bpstep.ui.controller._MAX_BLOCKING_SECONDS", 0.0)
    found = seat(WAY)
    passed(found, "Three.")
    before = text(found)
    for key, end in (("space", "lesson paused"), ("space", "lesson 0:"), ("{", "Two.")):
        found.handle_key(key)
        if end != "lesson 0:":
            found.controller.advance_job()
            assert "playing again up to here" in text(found)
        passed(found, end)
        assert found.controller.session.n == (99_999 if key == "{" else 100_000)
        if end == "lesson 0:":
            assert text(found) == before


def test_playing_again_that_is_left_moves_nothing(monkeypatch):
    monkeypatch.setattr("bpstep.ui.controller._MAX_BLOCKING_SECONDS", 0.0)
    found = seat(WAY)
    passed(found, "Three.")
    found.handle_key("{")
    found.handle_key("escape")
    assert "nothing has moved" in text(found)
    assert "Three." in text(found)
    passed(found, "lesson over")


def test_what_is_wrong_on_the_way_is_told_when_it_comes_and_again_when_one_leaves():
    found = seat('say "One."\nn\nexpect net_1[0] 7\nsay "Two."')
    assert found.lesson_playback.error is None
    passed(found, "try.lesson:3: expected net_1[0] 7, found 0.2400")
    assert "lesson stopped" in text(found)
    assert isinstance(found.lesson_playback.error, LessonFailed)
    found.handle_key("n")
    assert found.controller.session.n == 2


def test_a_search_that_finds_nothing_in_the_end_stops_the_lesson_once_it_is_over(monkeypatch):
    monkeypatch.setattr("bpstep.ui.controller._MAX_BLOCKING_SECONDS", 0.0)
    found = seat('B a "E < -1" Enter Escape\ng "i9:E" Enter\nC')
    passed(found, "try.lesson:3: the key C did nothing: no breakpoint was hit before this")
    assert "lesson stopped" in text(found)


@pytest.mark.parametrize(("name", "after"), [("forward", "activation"), ("update", "hundred")])
def test_at_its_end_a_lesson_says_which_comes_next(name, after):
    found = LessonFrontend(builtin.open_lesson(name), Theme(), {})
    found.resize(80, 24)
    while found.practice_controller is None:
        assert "the next one: bpstep" not in text(found)
        found.handle_key("}")
        found.advance_time(1000)
    assert f"bpstep lesson {after}" in text(found)
    assert "lesson over" in text(found)


def test_the_last_lesson_and_ones_own_have_no_next():
    names = builtin.lesson_names()
    assert [builtin.next_lesson(builtin.open_lesson(name)) for name in names] == [*names[1:], ""]
    assert builtin.next_lesson(lesson("n")) == ""


def test_a_paused_lesson_lets_the_learner_copy():
    found = seat()
    pass_all(found, 3600)
    for key in ("space", "y"):
        found.handle_key(key)
    assert "copied" in text(found)
    assert found.controller.clipboard_text is not None


async def test_the_screen_stays_alive_while_a_lesson_goes_a_long_way():
    app = Watched(LessonFrontend(lesson("999999999n"), Theme(), {}))
    heard = []

    def pressed(event):
        heard.append(key_names.key_of(event))
        return heard[-1]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("bpstep.tui.app.key_of", pressed)
        async with app.run_test(size=(80, 24)) as pilot:
            person = Person(app, pilot, heard)
            way = "going to n = 999,999,999"
            await person.until(lambda: any(way in line and " left" in line for line in person.lines))
            await person.press("escape")
            await person.until(lambda: "lesson stopped" in person.lines[0])


def test_the_help_opens_in_a_lesson_that_is_paused_and_only_escape_leaves_it():
    found = seat()
    pass_all(found, 3000)
    found.handle_key("?")
    assert "Space, then keys" in text(found)
    assert found.practice_controller is None
    for key in ("space", "?"):
        found.handle_key(key)
    assert text(found).startswith(" bpstep help  lesson paused")
    found.handle_key("space")
    assert "Escape, then Space" in text(found)
    for key in ("/", *"chain rule", "enter", "enter"):
        found.handle_key(key)
    assert text(found).startswith(" bpstep manual: ")
    while found.controller.panel is not None:
        found.handle_key("escape")
    found.handle_key("space")
    assert found.practice_controller is None
    pass_all(found, 600)
    assert "That was net_1." in text(found)
