"""The user's settings: what config.toml may contain, and the errors for anything else."""

import pytest

from bpstep.actions import ACTIONS, BY_ID, NAMED_KEYS, keymap
from bpstep.errors import FileError
from bpstep.explain.numbers import FORMATS as NUMBER_FORMATS
from bpstep.render.theme import HEAT, NUMBERS, SUMMARY
from bpstep.tui.startup import theme_of
from bpstep.ui.config import NUMBER_FORMAT_NAMES, TABLE_NAMES, Settings, read_settings


def settings(folder, text):
    path = folder / "config.toml"
    path.write_text(text)
    return read_settings(path)


def refused(folder, text):
    """The error for a file: its line, and the sentence."""
    with pytest.raises(FileError) as caught:
        settings(folder, text)
    message = str(caught.value)
    assert message.isprintable()
    start = f"{folder / 'config.toml'}:"
    assert message.startswith(start)
    line, _, sentence = message.removeprefix(start).partition(": ")
    return int(line), sentence


def test_without_a_file_everything_is_as_usual(tmp_path):
    assert read_settings(tmp_path / "config.toml") == Settings()
    assert settings(tmp_path, "") == Settings()


def test_the_default_of_a_setting_is_written_once(monkeypatch, tmp_path):
    monkeypatch.setattr(Settings, "theme", "light")
    monkeypatch.setattr(Settings, "no_mouse", True)
    found = settings(tmp_path, "")
    assert (found.theme, found.no_mouse) == ("light", True)


def test_every_setting_can_be_given(tmp_path):
    found = settings(
        tmp_path,
        """
        at = "i10:delta_V"
        theme = "light"
        ascii = true
        no_color = true
        no_mouse = true
        number_format = "scientific"
        [keys]
        next = "K"
        edit = ["e", "f7", "ctrl+e"]
        """,
    )
    place = f"{tmp_path / 'config.toml'}:2"
    keys = {"next": ("K",), "edit": ("e", "f7", "ctrl+e")}
    assert found == Settings("i10:delta_V", "light", True, True, True, "scientific", keys, place)


def test_the_names_of_formats_are_those_of_the_screen():
    assert tuple(each.name for each in NUMBER_FORMATS) == NUMBER_FORMAT_NAMES
    assert TABLE_NAMES == (HEAT, SUMMARY)


@pytest.mark.parametrize(
    ("name", "index", "table"), [("exact", 3, NUMBERS), ("heat", 0, HEAT), ("summary", 0, SUMMARY)]
)
def test_the_debugger_starts_with_the_number_format_of_the_configuration(tmp_path, name, index, table):
    theme = theme_of(settings(tmp_path, f'number_format = "{name}"'), "full", ascii_only=False)
    assert (theme.format_index, theme.table) == (index, table)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("\nfont = 3", 2, 'unknown key "font"'),
        ("themes = 'dark'", 1, "theme"),
        ("theme = 'pink'", 1, 'theme is "pink"; expected one of dark, light'),
        ("theme = 3", 1, "expected one of dark, light"),
        ("ascii = 'yes'", 1, 'ascii is "yes"; expected true or false'),
        ("no_mouse = 1", 1, "expected true or false"),
        (
            "number_format = '3 decimals'",
            1,
            "expected one of 4 decimals, 8 decimals, scientific, exact, heat, summary",
        ),
        ("at = 5", 1, "at is 5; expected a string"),
        ("keys = 3", 1, "keys"),
        ("[keys]\nnxt = 'n'", 2, "next"),
        ("[keys]\n\nnext = 3", 3, "expected a key or a list of keys"),
        ("[keys]\nnext = []", 2, "expected a key or a list of keys"),
        ("[keys]\nnext = ''", 2, "expected a key or a list of keys"),
        ("[keys]\nnext = '5'", 2, "digits are counts, as in 5n"),
        ("[keys]\nnext = ['e', 'Enter']", 2, 'this key is called "enter"'),
        ("[keys]\nnext = 'Ctrl+E'", 2, 'this key is called "ctrl+e"'),
        ("[keys]\nnext = 'shift+n'", 2, 'write "N" for a letter with shift'),
        ("[keys]\nnext = 'F13'", 2, "bpstep manual configuration names them"),
        ("[keys]\nnext = 'nn'", 2, "expected a key or a list of keys"),
        ("[keys]\nnext = 'ctrl+i'", 2, "expected a key or a list of keys"),
        ("[keys]\nnext = 'ctrl+c'", 2, "expected a key or a list of keys"),
        ("[keys]\nnext = ' '", 2, 'this key is called "space"'),
        ("[keys]\nnext = ['n', 2]", 2, "expected a key or a list of keys"),
        ("[keys]\nnext = 'N'", 2, "the key N also calls back; give one of them another key"),
        ("[keys]\nnext = 'K'\nback = 'K'", 2, "the key K also calls back; give one of them another key"),
        ("[keys]\nback = 'n'", 2, "the key n already calls next; give that another key, too"),
        ("at = 'x", 1, ""),
        ("a = 1\nb = = 2", 2, ""),
    ],
)
def test_every_mistake_is_told_with_its_line_in_one_sentence(tmp_path, text, line, said):
    found_line, sentence = refused(tmp_path, text)
    assert found_line == line
    assert said in sentence


def test_a_file_that_cannot_be_read_is_told_without_a_line(tmp_path):
    (tmp_path / "config.toml").mkdir()
    with pytest.raises(FileError) as caught:
        read_settings(tmp_path / "config.toml")
    assert str(caught.value).startswith(f"{tmp_path / 'config.toml'}: ")


def test_two_actions_can_swap_their_keys(tmp_path):
    found = settings(tmp_path, "[keys]\nnext = 'N'\nback = 'n'").keys
    assert keymap(found)["N"] == "next"
    assert keymap(found)["n"] == "back"


def test_every_key_of_the_table_of_actions_can_be_given_to_another_action(tmp_path):
    for action in ACTIONS:
        for key in action.keys:
            given = key.replace("\\", "\\\\").replace('"', '\\"')
            found = settings(tmp_path, f'[keys]\n{action.id} = ["{given}"]').keys
            assert found == {action.id: (key,)}
            assert len(key) == 1 or key in NAMED_KEYS


def test_an_option_goes_before_the_file(tmp_path, monkeypatch):
    from bpstep.cli import start as starting
    from bpstep.cli.main import parse_arguments

    monkeypatch.setattr(starting, "user_config_path", lambda _: tmp_path)
    (tmp_path / "config.toml").write_text('theme = "light"\nat = "5"\nnumber_format = "exact"')
    found = starting.load_settings(parse_arguments(["--theme", "dark", "--at", "7"]))
    assert (found.theme, found.at, found.number_format, found.at_source) == ("dark", "7", "exact", "")
    kept = starting.load_settings(parse_arguments([]))
    assert (kept.theme, kept.at) == ("light", "5")


def test_a_position_that_the_network_does_not_have_is_told_with_the_file_and_its_line(
    tmp_path, ask, monkeypatch
):
    from bpstep.cli import start as starting

    monkeypatch.setattr(starting, "user_config_path", lambda _: tmp_path)
    (tmp_path / "config.toml").write_text('\nat = "delta_w1"')
    status, _, said = ask("mazur")
    assert status == 2
    assert said.startswith(f'bpstep: error: {tmp_path}/config.toml:2: "delta_w1" is not a position')
    status, _, said = ask("mazur", "--at", "delta_w1")
    assert said.startswith('bpstep: error: "delta_w1" is not a position')


def test_escape_closes_unless_another_action_has_it():
    assert keymap({"close": ("ctrl+g",)})["escape"] == "close"
    assert keymap({"close": ("ctrl+g",), "next": ("escape",)})["escape"] == "next"


def test_actions_are_told_apart_by_their_keys():
    keys = [key for action in ACTIONS for key in action.keys]
    assert len(keys) == len(set(keys))
    assert len(BY_ID) == len(ACTIONS)
