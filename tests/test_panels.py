"""A list in place of the panes: moving in it, choosing, its own keys."""

from debugger_driver import controller

from bpstep.render.lists.list import text_line
from bpstep.ui.panels import ListPanel


class Fruit(ListPanel):
    """A heading, then lines that can be chosen, a blank among them."""

    title = "fruit"
    keys = (("Enter", "eats"), ("d", "drops"))

    def __init__(self, names):
        super().__init__()
        self.names = names
        self.eaten = []

    def lines(self, controller):
        return [text_line("what there is"), *(text_line(name, value=name or None) for name in self.names)]

    def handle_enter(self, controller, value):
        self.eaten.append(value)
        return "next" if value == "fig" else None

    def handle_list_key(self, controller, key, value):
        if key == "d":
            self.names.remove(value)


def opened(*names, size=(80, 24)):
    made = controller()
    made.size = size
    made.panel = Fruit(list(names))
    return made


def press(made, *keys):
    found = None
    for key in keys:
        name = {"pagedown": "page_down", "pageup": "page_up"}.get(key, key)
        found = made.panel.handle_key(
            made, key, name if name in ("up", "down", "page_down", "page_up") else ""
        )
    return found


def marked(made):
    canvas = made.draw()
    return [
        line.strip() for line, roles in zip(canvas.text().splitlines(), canvas.roles) if roles[0] == "pointed"
    ]


def test_the_first_line_that_can_be_chosen_is_chosen_and_headings_are_passed_over():
    made = opened("", "apple", "", "fig")
    assert marked(made) == ["apple"]
    press(made, "down")
    assert marked(made) == ["fig"]
    press(made, "down", "up")
    assert marked(made) == ["apple"]


def test_enter_acts_on_the_chosen_line_and_may_close_the_list_with_an_action():
    made = opened("apple", "fig")
    assert press(made, "enter") is None
    assert press(made, "down", "enter") == "next"
    assert made.panel.eaten == ["apple", "fig"]
    assert made.close_panel("next") == "next"
    assert made.panel is None


def test_escape_closes_and_nothing_is_done():
    made = opened("apple")
    assert press(made, "escape") == ""


def test_a_list_without_lines_does_nothing_at_enter():
    made = opened()
    assert press(made, "down", "enter") is None
    assert made.panel.eaten == []


def test_the_choice_moves_to_what_is_left_when_a_line_goes():
    made = opened("apple", "fig", "plum")
    press(made, "down", "d")
    assert marked(made) == ["plum"]
    press(made, "d")
    assert marked(made) == ["apple"]


def test_a_long_list_scrolls_so_that_the_choice_is_seen_and_says_how_much_is_below():
    made = opened(*(f"fruit {k}" for k in range(50)), size=(60, 18))
    assert "35 more below" in made.draw().text().splitlines()[-1]
    for _ in range(60):
        press(made, "down")
        assert len(marked(made)) == 1
    assert marked(made) == ["fruit 49"]
    press(made, *["pageup"] * 5)
    assert marked(made) == ["fruit 0"]
    assert "what there is" in made.draw().text()
    press(made, "pagedown")
    assert marked(made) == ["fruit 13"]


def test_a_click_chooses_and_a_second_one_acts():
    made = opened("apple", "fig")
    made.draw()
    assert made.panel.handle_click(made, ("line", 2)) is None
    assert marked(made) == ["fig"]
    assert made.panel.handle_click(made, ("line", 2)) == "next"
    assert made.panel.handle_click(made, ("line", 0)) is None
    assert made.panel.handle_click(made, ("line", 9)) is None


def test_the_keys_of_a_list_stand_in_the_last_line():
    assert opened("apple").draw().text().splitlines()[-1].strip() == "Enter eats  d drops"
