"""The debugger on a real terminal: what it writes there, what it leaves behind, how it ends."""

import os
import pty
import re
import select
import signal
import sys
import time

import pytest
from command_line import ROOT
from debugger_driver import controller
from pseudo_terminal import PATIENCE, bpstep

from bpstep.tui import terminal
from bpstep.tui.app import Debugger

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pseudo terminals are POSIX's")

MOUSE = ("?1000", "?1002", "?1003", "?1006", "?1015")


def expected(size, *deeds, **theme):
    """The lines that a controller draws after some actions."""
    made = controller(**theme)
    made.size = size
    for deed in deeds:
        made.run_action(*deed) if isinstance(deed, tuple) else made.run_action(deed)
    return [line.rstrip() for line in made.draw().text().splitlines()]


def left_as_it_was(program):
    """True if the terminal is as it was before."""
    modes = program.screen.modes
    return (
        program.settings == program.before
        and modes["?1049"] is False
        and modes["?25"] is True
        and not any(modes.get(mode) for mode in (*MOUSE, "?2004", "?1004"))
        and modes.get("?7", True)
    )


def test_a_whole_session_shows_every_change_and_leaves_the_terminal_as_it_was(tmp_path):
    with bpstep(tmp_path, anew=True) as program:
        program.until(lambda screen: screen.lines == expected((80, 24)))
        assert program.screen.modes["?1049"]
        assert program.screen.modes["?25"] is False
        program.send("n7n")
        steps = [("next", 1), ("next", 7)]
        program.until(lambda screen: screen.lines == expected((80, 24), *steps))
        program.resize(120, 36)
        program.until(lambda screen: screen.lines == expected((120, 36), *steps))
        program.resize(60, 18)
        program.until(lambda screen: screen.lines == expected((60, 18), *steps))
        program.resize(80, 24)
        program.send("e0.25\r")
        program.until_shown("delta_V[0] changed from -0.0501598174 to 0.25;")
        program.send("]U")
        program.until_shown("undone: set delta_V[0] to 0.25 at step 8 of iteration 0")
        program.send("x")
        program.send("\x0c")
        program.until_shown("numbers: 8 decimals")
        program.send("q")
        assert program.ended() == 0
        assert left_as_it_was(program)


def test_keys_typed_ahead_in_one_go_are_all_heard_in_order(tmp_path):
    with bpstep(tmp_path) as program:
        program.until_shown("step  0 of 16")
        program.send("gi2:delta_V\re0.5\r" + "n" * 200)
        program.until_shown("iteration 14  step 16 of 16")
        program.send("q")
        assert program.ended() == 0


def test_held_keys_write_one_picture_and_not_one_for_each_key(tmp_path):
    with bpstep(tmp_path) as program:
        program.until_shown("step  0 of 16")
        program.read(0.3)
        before = len(program.screen.written)
        program.send("n" * 320)
        program.until_shown("iteration 19  step 16 of 16")
        assert len(program.screen.written) - before < 20 * 80 * 24


def test_after_a_walk_the_screen_is_what_a_fresh_start_would_show(tmp_path):
    with bpstep(tmp_path, "mazur") as program:
        program.until_shown("step  0 of 16")
        for keys in (
            "nnn",
            "]]",
            "x",
            "\x1b[B\x1b[B",
            "}n",
            "z",
            "z",
            "?",
            "\x1b[B",
            "x",
            "\x1b[27u",  # Escape, as one sequence
            "xxx",
            "{",
            "3n",
            "\x1b[C",
        ):
            program.send(keys)
        walk = (
            ["next"] * 3 + ["next_phase"] * 2 + ["number_format"] + ["down"] * 2 + ["next_iteration", "next"]
        )
        walk += ["zoom", "zoom"] + ["number_format"] * 3 + ["previous_iteration", ("next", 3), "right"]
        program.until(lambda screen: screen.lines == expected((80, 24), *walk, network="mazur"))
        program.send("\x0c")
        program.read(0.3)
        assert program.screen.lines == expected((80, 24), *walk, network="mazur")


def asks_for_texts(program):
    """Whether the terminal is asked for the text of each key: older versions of Textual do not ask.

    A terminal tells of a key only what it was asked for.
    """
    asked = [re.fullmatch(r"\x1b\[>(\d+)u", sequence) for sequence in program.screen.sequences]
    (flags,) = [int(match[1]) for match in asked if match]
    return bool(flags & 0b10000)


def test_the_keyboard_protocol_of_kitty_is_understood(tmp_path):
    forms = [
        (False, "\x1b[110u", "\x1b[110;2u"),  # the key and its modifiers
        (True, "\x1b[110;1;110u", "\x1b[110;2;78u"),  # with the text that it makes
        (True, "\x1b[110;;110u", "\x1b[57441;2u\x1b[110;2;78u"),  # with shift as a key of its own
        (True, "\x1b[110;129;110u", "\x1b[110;194;78u"),  # with the locks of capitals and numbers
    ]
    with bpstep(tmp_path) as program:
        program.until_shown("step  0 of 16")
        told = [keys for with_text, *keys in forms if asks_for_texts(program) or not with_text]
        for number, (forth, back) in enumerate(told):
            program.send(forth * 3 + back)
            program.until_shown(f"step {2 * number + 2:2} of 16")


def test_without_colours_attributes_alone_are_written(tmp_path):
    for words, environment in ((["--no-color"], {}), ([], {"NO_COLOR": "yes"})):
        with bpstep(tmp_path, *words, **environment) as program:
            program.until_shown("step  0 of 16")
            program.send("7n")
            program.until_shown("step  7 of 16")
            for keys, shown, gone in (
                ("e", "edit delta_Y_net2[0]", "q quit"),
                ("x\r", "is not a number", None),
                ("\x1b", "q quit", "edit delta_Y_net2[0]"),
                ("?", "bpstep help", "q quit"),
                ("\x1b", "q quit", "bpstep help"),
                ("\x10", "bpstep commands", "q quit"),
            ):
                program.send(keys)
                program.until_shown(shown, gone)
            program.resize(100, 30)
            program.until_shown("set a mark")
            assert not program.screen.colours
            assert any(sequence == "\x1b[4m" for sequence in program.screen.sequences)


def test_an_empty_no_color_asks_for_nothing(tmp_path):
    with bpstep(tmp_path, NO_COLOR="") as program:
        program.until_shown("step  0 of 16")
        assert program.screen.colours


@pytest.mark.parametrize(
    ("theme", "environment"),
    [
        ("dark", {"TERM": "linux"}),
        ("light", {"TERM": "screen"}),
        ("dark", {"TEXTUAL_COLOR_SYSTEM": "standard"}),
    ],
)
def test_a_terminal_of_sixteen_colours_is_asked_for_these_alone(tmp_path, theme, environment):
    sixteen = {*range(30, 38), 39, *range(40, 48), 49, *range(90, 98), *range(100, 108)}
    with bpstep(tmp_path, "--theme", theme, **environment) as program:
        program.until_shown("step  0 of 16")
        program.send("8ne")
        program.until_shown("edit delta_V[0]")
        program.send("\x1b")
        program.until_shown("q quit", gone="edit delta_V[0]")
        program.send("?")
        program.until_shown("bpstep help")
        assert program.screen.colours
        assert program.screen.colours <= sixteen


def test_a_terminal_of_all_colours_gets_them(tmp_path):
    with bpstep(tmp_path, COLORTERM="truecolor") as program:
        program.until_shown("step  0 of 16")
        assert any(isinstance(code, tuple) and code[1] == 2 for code in program.screen.colours)


def test_the_mouse_is_asked_for_unless_it_should_stay_the_terminals(tmp_path):
    with bpstep(tmp_path) as program:
        program.until_shown("step  0 of 16")
        assert program.screen.modes["?1000"]
        x, y = 3, 23
        program.send(f"\x1b[<0;{x};{y + 1}M\x1b[<0;{x};{y + 1}m")
        program.until_shown("step  1 of 16")
    with bpstep(tmp_path, "--no-mouse") as program:
        program.until_shown("step  0 of 16")
        assert not any(program.screen.modes.get(mode) for mode in MOUSE)


def test_a_terminal_without_these_characters_gets_ascii_by_itself(tmp_path):
    for environment in ({"PYTHONIOENCODING": "latin-1"}, {"PYTHONIOENCODING": "ascii:backslashreplace"}):
        with bpstep(tmp_path, **environment) as program:
            program.until_shown("step  0 of 16")
            program.send("8n")
            program.until(lambda screen: screen.lines == expected((80, 24), ("next", 8), ascii=True))
            assert program.screen.written.isascii()


def test_suspending_gives_the_terminal_back_and_coming_back_draws_anew(tmp_path):
    with bpstep(tmp_path) as program:
        program.send("8n")
        program.until_shown("step  8 of 16")
        program.send("\x1a")
        assert program.told("stopped") in (signal.SIGTSTP, signal.SIGSTOP)
        program.read(0.1)
        assert left_as_it_was(program)
        program.screen.resize(80, 24)
        program.resume()
        program.until(lambda screen: screen.lines == expected((80, 24), ("next", 8)))
        assert program.screen.modes["?1049"]
        program.send("q")
        assert program.ended() == 0
        assert left_as_it_was(program)


def test_being_continued_without_a_stop_changes_nothing(tmp_path):
    with bpstep(tmp_path) as program:
        program.until_shown("step  0 of 16")
        for step in (1, 2):
            program.screen.sequences.clear()
            os.kill(program.job, signal.SIGCONT)
            program.until(lambda screen: "\x1b[?1049h" in screen.sequences)
            program.send("n")
            program.until_shown(f"step  {step} of 16")
        program.send("q")
        assert program.ended() == 0
        assert left_as_it_was(program)


def test_a_stop_that_gives_no_time_to_restore_the_terminal_leaves_it_as_it_was_in_the_end(tmp_path):
    with bpstep(tmp_path) as program:
        program.until_shown("step  0 of 16")
        os.kill(program.job, signal.SIGSTOP)
        assert program.told("stopped") == signal.SIGSTOP
        program.resume()
        program.until(lambda screen: screen.sequences.count("\x1b[?1049h") == 2)
        program.until(lambda screen: screen.lines == expected((80, 24)))
        program.send("q")
        assert program.ended() == 0
        assert left_as_it_was(program)


def test_without_a_shell_that_could_continue_it_the_debugger_is_not_suspended(tmp_path):
    environment = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT)}
    environment |= {"XDG_CONFIG_HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)}
    job, master = pty.fork()
    if job == 0:
        os.execve(sys.executable, [sys.executable, "-m", "bpstep"], environment)
    try:
        written = b""
        for keys, shown in ((b"", b"[?2004h"), (b"\x1a", b"[?1049l"), (b"", b"[?2004h"), (b"q", b"[?1004l")):
            os.write(master, keys)
            while shown not in written:
                assert select.select([master], [], [], PATIENCE)[0]
                written += os.read(master, 65536)
            written = written.partition(shown)[2]
        assert os.waitpid(job, 0)[1] == 0
    finally:
        os.close(master)


def test_the_terminals_own_interrupt_kills_nothing(tmp_path):
    with bpstep(tmp_path) as program:
        program.until_shown("step  0 of 16")
        program.send("\x03")
        program.until_shown("Press q to quit")
        program.send("\x11")
        assert program.ended() == 0


def test_bytes_that_are_no_text_and_no_keys_are_dropped_and_the_keys_after_them_are_heard(tmp_path):
    with bpstep(tmp_path) as program:
        program.until_shown("step  0 of 16")
        broken = [b"\xff", b"\xc3(", b"\x80\x81 \xfe"]
        if asks_for_texts(program):  # else Textual reads no such sequence, and no terminal sends one
            broken.append(b"\x1b[97;1:2u")
        for step, sent in enumerate(broken, 1):
            program.send(sent)
            program.until_taken()
            program.send("n")
            program.until_shown(f"step  {step} of 16")
        program.send("q")
        assert program.ended() == 0
        assert left_as_it_was(program)


def test_being_told_to_end_leaves_the_terminal_as_it_was(tmp_path):
    with bpstep(tmp_path) as program:
        program.until_shown("step  0 of 16")
        os.kill(program.job, signal.SIGTERM)
        assert program.ended() == 128 + signal.SIGTERM
        assert left_as_it_was(program)


def test_while_nobody_reads_it_ends_when_it_is_told_to_and_when_the_terminal_goes_away(tmp_path):
    """Each waits some seconds for somebody who reads: both at the same time."""
    with bpstep(tmp_path) as told, bpstep(tmp_path) as hung_up:
        for program in (told, hung_up):
            program.until_shown("n next")
        for _ in range(60):
            for program in (told, hung_up):
                program.send("\x0c5n")
            time.sleep(0.02)  # so that they are not painted together
        os.kill(told.job, signal.SIGQUIT)
        hung_up.hang_up()
        assert told.ended(unread=True) == 128 + signal.SIGQUIT
        told.until(lambda screen: not screen.modes["?1004"])  # what is read makes room for the rest
        assert left_as_it_was(told)
        assert hung_up.ended() in (129, -signal.SIGHUP)


@pytest.mark.parametrize("ignored", [(), (signal.SIGHUP,)])
def test_when_the_terminal_goes_away_it_ends(tmp_path, ignored):
    with bpstep(tmp_path, ignored=ignored) as program:
        program.until_shown("step  0 of 16")
        program.hang_up()
        assert program.ended() != 0


def test_once_the_debugger_has_given_the_terminal_back_it_minds_it_no_more():
    """Giving it back may hang; whoever opened it from Python may well lose the terminal afterwards."""
    minded = []

    class Watched(Debugger):
        async def _shutdown(self):
            await super()._shutdown()
            minded.append(not self.signals.ended.is_set())

    async def leave(pilot):
        pilot.app.exit(0)

    app = Watched(controller())
    app.run(headless=True, auto_pilot=leave)
    assert minded == [True]
    assert app.signals.ended.is_set()


SENT = {
    "TEXTUAL": "devtools",
    "TEXTUAL_DEVTOOLS_HOST": "elsewhere",
    "TEXTUAL_DRIVER": "antigravity:Driver",
    "TEXTUAL_LOG": "/tmp/log",
    "TEXTUAL_PRESS": "ctrl+z",
    "TEXTUAL_SCREENSHOT": "1",
    "TEXTUAL_SHOW_RETURN": "1",
    "TEXTUAL_FPS": "9" * 400,
    "TEXTUAL_COLOR_SYSTEM": "none such",
    "ESCDELAY": "-5",
    "COLUMNS": "9" * 30,
    "LINES": "-1",
}
"""What a guest who comes by SSH can send, where the host takes it."""


def test_of_what_a_guest_sends_only_what_the_screen_looks_like_has_an_effect():
    found = {**SENT, "TERM": "xterm", "NO_COLOR": "1"}
    terminal.prepare_environment(found)
    assert found == {"TERM": "xterm", "TEXTUAL_ANIMATIONS": "none", "TEXTUAL_FPS": "120"}
    assert terminal.colour_depth({**SENT, "TERM": "xterm-256color"}, no_color=False) == "full"
    kept = {"TEXTUAL_COLOR_SYSTEM": "standard", "TEXTUAL_FPS": "30", "TEXTUAL_DISABLE_KITTY_KEY": "1"}
    found = {**kept, "SSH_CONNECTION": "here"}
    terminal.prepare_environment(found)
    assert found == {**kept, "SSH_CONNECTION": "here", "ESCDELAY": "400", "TEXTUAL_ANIMATIONS": "none"}


def test_the_terminal_says_how_large_it_is_and_no_variable(tmp_path):
    with bpstep(tmp_path, size=(100, 30), COLUMNS="20", LINES="100000") as program:
        program.until(lambda screen: screen.lines == expected((100, 30)))
        program.resize(80, 24)
        program.until(lambda screen: screen.lines == expected((80, 24)))


def test_a_log_that_a_guest_asks_for_is_not_written(tmp_path):
    log = tmp_path / "log"
    with bpstep(tmp_path, TEXTUAL_LOG=str(log), TEXTUAL_DRIVER="antigravity:Driver") as program:
        program.until_shown("net_1")
        program.send("q")
        assert program.ended() == 0
    assert not log.exists()


SQUARE = """\
loss = "half_squared_error"
learning_rate = 0.1
[data]
inputs = [[1, 2]]
labels = [[0.5, 1]]
[[layers]]
weights = [[1, 2], [3, 4]]
activation = "sigmoid"
"""


def test_the_first_screen_shows_the_warnings_of_the_network(tmp_path):
    path = tmp_path / "square.toml"
    path.write_text(SQUARE)
    with bpstep(tmp_path, str(path)) as program:
        program.until_shown("All given weights are square")
        program.send("n")
        program.until(lambda screen: "n = 1 " in screen.text and "All given weights" not in screen.text)
        program.send("q")
        assert program.ended() == 0
