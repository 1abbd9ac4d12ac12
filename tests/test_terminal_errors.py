"""What is refused before the screen changes, on a real terminal; and the user's settings there."""

import os

import pytest
from pseudo_terminal import bpstep

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pseudo terminals are POSIX's")


def refused(program, status=2):
    """The one line that is written instead of a screen."""
    assert program.ended() == status
    assert not program.screen.sequences
    assert program.settings == program.before
    written = program.screen.written.replace("\r", "")
    assert written.startswith("bpstep: error: ")
    assert written.count("\n") == 1
    return written.removeprefix("bpstep: error: ").rstrip()


@pytest.mark.parametrize("term", ["dumb", "", None])
def test_a_terminal_that_can_do_nothing_is_refused(tmp_path, term):
    with bpstep(tmp_path, TERM=term) as program:
        assert refused(program) == (
            "the debugger needs a terminal; without one use bpstep show or bpstep trace"
        )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nosuch"], "no network or file is called"),
        (["--at", "nowhere"], '"nowhere" is not a position; expected 42'),
        (["--theme", "pink"], "there is no theme pink; expected one of dark, light"),
        (["--set", "W[0,9]=1"], "--set: W has no cell"),
        (["--nonsense"], "--nonsense"),
    ],
)
def test_errors_come_before_the_screen_changes(tmp_path, words, said):
    with bpstep(tmp_path, *words) as program:
        assert said in refused(program)


def test_a_mistake_in_the_settings_is_told_with_its_line_before_the_screen_changes(tmp_path):
    (tmp_path / "bpstep").mkdir()
    (tmp_path / "bpstep" / "config.toml").write_text('ascii = true\n[keys]\nnext = "N"\n')
    with bpstep(tmp_path) as program:
        assert refused(program) == (
            f"{tmp_path}/bpstep/config.toml:3: the key N also calls back; give one of them another key"
        )


def test_settings_and_options_are_heeded(tmp_path):
    (tmp_path / "bpstep").mkdir()
    (tmp_path / "bpstep" / "config.toml").write_text(
        'at = "delta_V"\nascii = true\nnumber_format = "8 decimals"\n[keys]\nnext = ["n", "K"]\n'
    )
    with bpstep(tmp_path, "mazur") as program:
        program.until_shown("step  9 of 16")
        assert program.screen.written.isascii()
        program.until_shown("8 decimals")
        program.send("K")
        program.until_shown("step 10 of 16")
    with bpstep(tmp_path, "--at", "E") as program:
        program.until_shown("step  5 of 16")
