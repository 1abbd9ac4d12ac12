"""The help: signs, keys and the manual's pages, and the search in them, as a person at the keys has them."""

import pytest
from debugger_driver import controller

from bpstep.manual import pages
from bpstep.ui.help_panels import HelpPanel, HelpSearch, ManualPage, PagePosition
from bpstep.ui.input import handle_click, handle_key

SIZES = [(80, 24), (60, 18)]


def opened(*keys, size=(80, 24), **look):
    person = controller(**look)
    person.size = size
    press(person, "?", *keys)
    return person


def press(person, *keys):
    for key in keys:
        handle_key(person, key)


def search(person, text):
    press(person, "/", *("space" if letter == " " else letter for letter in text), "enter")


def lines(person):
    return person.draw().text().splitlines()


def chosen(person):
    canvas = person.draw()
    return [line for line, roles in zip(canvas.text().splitlines(), canvas.roles) if roles[0] == "pointed"]


def test_the_help_begins_with_the_signs_and_goes_on_with_the_keys():
    shown = lines(opened(size=(80, 50)))
    assert shown[0].split() == ["bpstep", "help", "signs,", "keys,", "manual"]
    assert shown[1].strip() == "Signs"
    assert any(line.split() == ["n", "F10", "Compute", "the", "next", "equation."] for line in shown)


@pytest.mark.parametrize("size", SIZES)
def test_tab_leads_to_the_manual_and_enter_opens_the_chosen_page(size):
    person = opened("tab", size=size)
    assert chosen(person)[0].split()[0] == pages.page_names()[0]
    press(person, "down", "enter")
    assert lines(person)[0].split()[:3] == ["bpstep", "manual:", pages.page_names()[1]]
    press(person, "escape")
    assert chosen(person)[0].split()[0] == pages.page_names()[1]
    press(person, "tab")
    assert lines(person)[1].strip() == "Signs"
    press(person, "escape")
    assert person.panel is None


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", pages.page_names())
def test_no_line_of_a_page_is_cut(name, size):
    person = opened(size=size)
    shown = ManualPage(PagePosition(name), person.panel).lines(person)
    assert all(line.width <= size[0] - 4 for line in shown)
    text = "".join(text for line in shown for text, _ in line.runs)
    words = " ".join(line.text for line in pages.page_lines(name, size[0] - 4)).replace("`", "").split()
    assert "".join(text.split()) == "".join(words)


@pytest.mark.parametrize("size", SIZES)
def test_a_page_can_be_read_to_its_end_and_back(size):
    person = opened("tab", "enter", size=size)
    first = lines(person)
    press(person, *["down"] * 200)
    last = next(line.text for line in reversed(pages.page_lines(pages.page_names()[0], size[0] - 4)))
    assert lines(person)[-2].strip() == last.strip().replace("`", "")
    press(person, "home")
    assert lines(person) == first
    press(person, "end")
    assert lines(person)[-2].strip() == last.strip().replace("`", "")
    press(person, *["pageup"] * 20)
    assert lines(person) == first


def test_the_next_pages_are_read_by_tab_and_the_one_before_by_shift_tab():
    person = opened("tab", "enter", "tab", "tab", "shift+tab")
    assert lines(person)[0].split()[2] == pages.page_names()[1]
    press(person, "shift+tab", "shift+tab")
    assert lines(person)[0].split()[2] == pages.page_names()[-1]


def test_a_search_lists_keys_and_lines_of_the_manual_and_enter_goes_there():
    person = opened()
    search(person, "breakpoint")
    assert lines(person)[0].startswith(' search for "breakpoint"')
    found = lines(person)[1:-1]
    assert found[0].split()[0] == "c"
    press(person, "escape")
    search(person, "chain rule")
    named = [line.split()[0] for line in lines(person)[1:-1] if line.strip()]
    assert named == [name for name, _ in pages.find_lines("chain rule", 76)]
    press(person, "down", "enter")
    canvas = person.draw()
    marked = "".join(
        character
        for row, roles in zip(canvas.characters, canvas.roles)
        for character, role in zip(row, roles)
        if role == "pointed"
    )
    assert marked.lower() == "chain rule" * (len(marked) // len("chain rule"))
    press(person, "escape")
    assert isinstance(person.panel, HelpSearch)
    press(person, "escape", "escape")
    assert person.panel is None


def test_the_matches_are_walked_through_with_comma_and_full_stop():
    places = pages.find_lines("chain rule", 76)
    person = opened()
    search(person, "chain rule")
    press(person, "enter")
    for number in (*range(2, len(places) + 1), 1):
        press(person, ",")
        assert person.view.message == f"match {number} of {len(places)}"
        assert (person.panel.start.name, person.panel.start.line) == places[number - 1]
    press(person, ".")
    assert (person.panel.start.name, person.panel.start.line) == places[-1]
    press(person, "escape")
    assert isinstance(person.panel, HelpSearch)


def test_a_search_that_finds_nothing_says_so_and_leaves_the_help_open():
    person = opened()
    search(person, "zebra")
    assert person.view.message == '"zebra" is not in the help'
    assert isinstance(person.panel, HelpPanel)
    press(person, ",")
    assert person.view.message == "nothing was searched for yet; / searches"


def test_a_sentence_is_found_across_the_end_of_a_line():
    text = "one iteration of an example that is small enough"
    for width in (56, 76):
        [(name, at)] = pages.find_lines(text, width)
        page = pages.page_lines(name, width)
        assert text not in page[at].text
        assert text in " ".join(f"{page[at].text} {page[at + 1].text}".split())


@pytest.mark.parametrize("key", ["?", "n", "q", "g", "x", "i", "p", "f2", "space", "5"])
def test_only_keys_that_close_it_close_it(key):
    for before in ((), ("tab", "enter")):
        person = opened(*before)
        press(person, key)
        assert isinstance(person.panel, ManualPage if before else HelpPanel)
        assert person.session.n == 0
    assert person.view.message == "Escape goes back"


def test_a_click_opens_a_page():
    person = opened("tab")
    at = next(y for y, line in enumerate(lines(person)) if line.split()[:1] == ["signs"])
    hit = next(hit for hit in person.draw().hits if hit.y == at)
    handle_click(person, hit.target, False)
    assert lines(person)[0].split()[2] == "signs"


def test_without_unicode_and_colours_a_page_is_plain_text():
    person = opened("tab", "enter", ascii=True, depth="none")
    assert person.draw().text().isascii()
