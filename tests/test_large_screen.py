"""Of a screen that is larger than any monitor's, as much is drawn as the largest of these has."""

from debugger_driver import controller, debugging
from textual.events import Resize
from textual.geometry import Size

from bpstep.defaults import MAX_SCREEN_SIZE
from bpstep.tui.app import Debugger


async def test_a_size_that_no_screen_has_is_not_drawn():
    async with debugging() as person:
        for size in ((65535, 65535), (90, 65535), (65535, 30), (100, 30)):
            person.app.post_message(Resize(Size(*size), Size(*size)))
            await person.until(
                lambda size=size: person.controller.size == tuple(map(min, size, MAX_SCREEN_SIZE))
            )
        await person.press("n")
        assert person.n == 1


async def test_a_size_that_no_screen_has_is_not_drawn_at_the_start():
    app = Debugger(controller("article", "0"))
    async with app.run_test(size=(65535, 65535)):
        assert app.size == app.controller.size == MAX_SCREEN_SIZE
