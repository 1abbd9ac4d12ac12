"""On a screen too small to show anything, no key changes anything unseen."""

import pytest
from debugger_driver import debugging

from bpstep.defaults import MIN_SCREEN_SIZE


async def test_where_nothing_is_seen_no_key_steps_or_edits():
    async with debugging(size=(40, 10)) as person:
        assert f"at least {MIN_SCREEN_SIZE[0]} x {MIN_SCREEN_SIZE[1]}" in person.text
        assert person.last == "only q works here: it quits"
        await person.press("n", "n", "e", "9", "enter", "p", "?", "space", "]", "3", "}")
        assert (person.n, person.frame.edits, person.controller.prompt, person.controller.panel) == (
            *(0, (), None, None),
        )
        assert not person.controller.playback.is_on
        assert not person.controller.predict_mode.is_on
        await person.resize(80, 24)
        await person.press("n")
        assert person.n == 1


async def test_a_prompt_that_was_open_before_gets_no_key_until_it_is_seen_again():
    async with debugging(at="5") as person:
        await person.press("e", "9")
        await person.resize(40, 10)
        await person.press("7", "enter")
        assert person.controller.editor.text == "9"
        assert person.frame.edits == ()
        await person.resize(80, 24)
        await person.press("enter")
        assert [edit.value for edit in person.frame.edits] == [9]


@pytest.mark.parametrize("key", ["escape", "ctrl+c"])
async def test_a_job_can_be_stopped_there(key):
    async with debugging() as person:
        await person.press("g")
        await person.begin("i1000000000")
        await person.resize(40, 10)
        assert person.controller.job is not None
        await person.press(key)
        assert person.controller.job is None


async def test_a_screen_that_is_too_small_can_be_left():
    async with debugging(size=(40, 10)) as person:
        await person.press("q")
        await person.until(lambda: person.app.return_code == 0)
