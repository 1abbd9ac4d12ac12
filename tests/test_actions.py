"""The table of actions, and everything made from it: keys, help, palette, the last line."""

from importlib import import_module

import pytest
from debugger_driver import controller, debugging

from bpstep.actions import ACTIONS, BY_ID, NAMED_KEYS, TEACHER_ACTIONS, key_name, keymap
from bpstep.manual import pages
from bpstep.render.footer import FOOTER_ACTIONS, PERMANENT_ACTIONS, draw_footer
from bpstep.render.lists.help import action_lines, help_entries, matching_actions
from bpstep.render.messages import LEGEND
from bpstep.render.theme import Theme
from bpstep.render.view_state import View
from bpstep.ui import compose, input

# Keys and the actions that they must call, written down apart from the table.
CONTRACT = {
    "n": "next",
    "N": "back",
    "s": "into",
    "S": "into_back",
    "f": "finish",
    "F": "finish_back",
    "]": "next_phase",
    "[": "previous_phase",
    "}": "next_iteration",
    "{": "previous_iteration",
    "<": "start",
    ">": "furthest",
    "g": "go",
    "space": "play",
    "+": "faster",
    "-": "slower",
    "c": "continue",
    "C": "continue_back",
    "b": "breakpoint",
    "B": "breakpoints",
    "w": "watch",
    "W": "watches",
    "t": "to_write",
    "L": "to_change",
    "i": "why",
    "e": "edit",
    "enter": "edit",
    "E": "edit_equation",
    "G": "gradient_check",
    "U": "undo",
    "ctrl+r": "redo",
    "m": "mark",
    "'": "go_mark",
    "r": "restart",
    "R": "drop_edits",
    "left": "left",
    "h": "left",
    "down": "down",
    "j": "down",
    "up": "up",
    "k": "up",
    "right": "right",
    "l": "right",
    "tab": "next_pane",
    "shift+tab": "previous_pane",
    "f2": "network",
    "f3": "tensors",
    "f4": "formula",
    "f6": "listing",
    "D": "plane",
    "z": "zoom",
    "x": "number_format",
    "y": "copy",
    "p": "predict",
    "H": "hint",
    "/": "find",
    ",": "find_next",
    ".": "find_previous",
    "a": "fork",
    "A": "switch",
    "v": "compare",
    "?": "help",
    "f1": "help",
    "q": "quit",
    "ctrl+q": "quit",
    "ctrl+z": "suspend",
    "ctrl+l": "redraw",
    "ctrl+p": "palette",
    "o": "follow",
    "escape": "close",
    "f5": "continue",
    "f10": "next",
    "f11": "into",
    ":": "evaluate",
}


def test_the_keys_are_those_of_the_contract():
    usual = keymap()
    assert {key: usual[key] for key in CONTRACT} == CONTRACT
    more = {"pageup", "pagedown", "home", "end"}
    assert set(usual) - set(CONTRACT) == more
    assert not set("0123456789") & set(usual)


def test_every_key_is_a_character_or_one_that_every_terminal_sends():
    for key in keymap():
        assert len(key) == 1 or key in NAMED_KEYS
        assert not key.startswith("alt+")
    # These are Tab, Enter, Escape and the terminal's own.
    assert not NAMED_KEYS & {"ctrl+i", "ctrl+m", "ctrl+j", "ctrl+c", "ctrl+s"}


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_every_action_has_a_name_and_a_sentence(action):
    assert action.title == action.title.strip() != ""
    assert action.help[0].isupper()
    assert action.help[-1] in ".…"


def test_at_80_columns_the_last_line_has_the_keys_that_answer_why_and_zoom():
    shown = draw_footer(View(), Theme(), 80).text().split("  ")
    assert [key.split()[0] for key in shown] == ["n", "N", "s", "]", "}", "i", "z", "?", "q"]


def test_the_last_line_names_known_actions_with_a_word():
    assert set(FOOTER_ACTIONS + PERMANENT_ACTIONS) <= set(BY_ID)
    assert all(BY_ID[name].label for name in FOOTER_ACTIONS + PERMANENT_ACTIONS)


def test_the_help_lists_every_action_with_all_its_keys_and_only_what_exists():
    found = {action.id: key for key, action in action_lines({}) if action is not None}
    assert set(found) == set(BY_ID)
    for name, keys in found.items():
        assert keys.split() == [key_name(key) for key in BY_ID[name].keys]


def test_the_help_names_the_keys_that_were_changed():
    found = {action.id: key for key, action in action_lines({"next": ("K", "f5")}) if action is not None}
    assert found["next"] == "K F5"
    assert found["back"] == "N"


def test_the_help_is_read_in_full_on_a_small_terminal():
    for size in ((80, 24), (60, 18)):
        made, seen = controller(), []
        made.size = size
        made.run_action("help")
        for _ in range(30):
            shown = [" ".join(line.split()) for line in made.draw().text().splitlines()[1:-1]]
            start = next((at for at in range(len(seen)) if seen[at:] == shown[: len(seen) - at]), len(seen))
            seen = seen[:start] + shown
            made.panel.handle_key(made, "pagedown", "page_down")
        said = " ".join(seen)
        for key, text, _, _ in help_entries(made.theme, {}):
            assert f"{key} {text}".strip() in said
        assert "A number before a key repeats it" in said


def test_the_help_begins_with_what_the_signs_mean():
    made = controller()
    made.run_action("help")
    lines = made.draw().text().splitlines()
    assert lines[1].strip() == "Signs"
    signs = [line[2:15].strip() for line in lines[2 : 2 + len(LEGEND)]]
    assert signs == [sign for sign, *_ in LEGEND]
    assert {"▶", "›", "✎", "ᵀ", "→", "≠", "● ○"} <= set(signs)


def test_the_help_of_a_network_on_rails_has_the_signs_of_rails():
    made = controller("attention")
    made.run_action("help")
    text = made.draw().text()
    assert all(sign in text for sign in ("┠", "├", "rms", "′ …"))
    assert "on a unit" not in text
    assert "on a unit" in " ".join(entry[1] for entry in help_entries(made.theme, {}))


def test_the_help_says_how_to_call_what_has_no_key():
    theme = controller().theme
    found = {action.id: (key, text) for key, text, _, action in help_entries(theme, {}) if action is not None}
    assert found["point"] == ("ctrl+p", f"point – {BY_ID['point'].help}")
    for name in TEACHER_ACTIONS:
        assert BY_ID[name].title in found[name][1]
    assert ("F5", BY_ID["point"].help) in [row[:2] for row in help_entries(theme, {"point": ("f5",)})]


def test_the_help_is_ascii_where_that_is_asked_for():
    made = controller(ascii=True)
    made.size = (80, 200)
    made.run_action("help")
    assert made.draw().text().isascii()


async def test_the_help_does_the_action_that_is_chosen():
    async with debugging(at="8") as person:
        await person.press("?", *["down"] * 6, "enter")
        assert person.controller.panel is None
        assert person.n == 14
        await person.press("f1", "down", "up", "enter")
        assert person.n == 15


async def test_the_help_goes_from_its_first_line_to_its_last():
    async with debugging() as person:
        await person.press("?")
        assert "more below" in person.last
        seen = ""
        for _ in range(9):
            await person.press("pagedown")
            seen += person.text
        assert BY_ID["quit"].help in seen
        assert "more below" not in person.last
        assert person.lines[-2].split()[0] == pages.page_names()[-1]
        await person.press(*["pageup"] * 9)
        assert person.lines[1].strip() == "Signs"
        await person.press("escape")
        assert person.controller.panel is None


async def test_the_palette_lists_every_action_and_each_is_found_by_its_name():
    shown = {action.id for action in matching_actions("")}
    assert shown == set(BY_ID) - {"palette", "close"}
    for name in shown:
        assert matching_actions(BY_ID[name].title)[0].id == name
    async with debugging() as person:
        await person.press("ctrl+p")
        seen = []
        for _ in range(len(shown)):
            (line,) = [line for line in person.lines if "▶" in line]
            seen.append(line.strip().removeprefix("▶ ").split("  ")[0])
            await person.press("down")
        assert seen == [action.title for action in ACTIONS if action.id in shown]


async def test_the_palette_does_what_is_chosen_by_a_part_of_its_name():
    async with debugging() as person:
        await person.press("ctrl+p", *"next ph", "enter")
        assert (person.controller.panel, person.n) == (None, 4)
        await person.press("ctrl+p", *"GO TO", "enter")
        assert person.last == "go to:"
        await person.answer("delta_V")
        assert person.n == 8
        await person.press("ctrl+p", *"equation", "down", "enter")
        assert person.n == 7
        # The rest begins with the first one again.
        await person.press("ctrl+p", "down", "down", "down", *"start", "enter")
        assert person.n == 0


async def test_the_palette_says_where_nothing_fits_and_closes_without_doing_anything():
    async with debugging(at="8") as person:
        await person.press("ctrl+p", *"xyz")
        assert "no command matches" in person.text
        await person.press("enter", "down", "enter")
        assert person.controller.panel is not None
        await person.press("ctrl+u")
        assert "next equation" in person.text
        await person.press("escape")
        assert (person.controller.panel, person.n) == (None, 8)


async def test_keys_that_were_changed_are_heard_and_shown_everywhere():
    keys = {"next": ("K",), "help": ("f9",), "close": ("ctrl+g",)}
    async with debugging(keys=keys) as person:
        assert person.last.startswith("K next")
        await person.type("3K")
        assert person.n == 3
        await person.type("3")
        assert "then K, N" in person.last
        await person.press("ctrl+g", "n")
        assert person.last == "n has no function; F9 lists the keys"
        await person.press("f9")
        assert "K            Compute the next equation." in person.text
        await person.press("ctrl+g", "z", "escape")
        assert not person.controller.view.zoomed


def test_without_colour_the_chosen_line_of_help_and_palette_has_an_attribute():
    made = controller(depth="none")
    made.run_action("help")
    canvas = made.draw()
    chosen = next(y for y, line in enumerate(canvas.text().splitlines()) if BY_ID["next"].help in line)
    assert made.theme.style(canvas.roles[chosen][0]).reverse
    assert made.theme.style("pointed").reverse


def test_each_module_of_commands_has_the_actions_that_its_row_names():
    for module, actions in compose._MODULES.items():
        assert [*import_module(f"bpstep.{module}").COMMANDS] == actions.split()
    assert {*compose.COMMANDS} | {*input.TERMINAL_ACTIONS} == {action.id for action in ACTIONS}


@pytest.mark.parametrize("key", ["?", "f1", "q", "n", "z", "ctrl+p", "f4"])
async def test_only_the_keys_that_close_the_help_close_it(key):
    async with debugging(at="8") as person:
        await person.press("?", key)
        assert "bpstep help" in person.lines[0]
        assert person.last == "Escape closes the help"
        assert (person.n, person.app.is_running) == (8, True)
        await person.press("down")
        assert person.last != "Escape closes the help"
        await person.press("escape")
        assert person.controller.panel is None


async def test_the_function_keys_of_debuggers_continue_step_and_step_into():
    async with debugging() as person:
        await person.press("f10", "f10")
        assert person.n == 2
        await person.press("f11")
        assert (person.n, person.controller.session.k) == (2, 1)
        await person.press("f10", "b", "f5")
        await person.arrive()
        assert person.n == 19
