"""A class of real programs on real terminals of this machine."""

import os
import select
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest
from classrooms import class_name, pupil, teacher
from debugger_driver import controller
from pseudo_terminal import Program, bpstep
from test_classroom_sockets import as_user

from bpstep.classroom import sockets
from bpstep.classroom.credentials import AccessRules, user_name

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pseudo terminals are POSIX's")


def command(program, words):
    """Choose a command in the palette."""
    program.send("\x10" + words + "\r")


def without_first(lines):
    """The screen without the first and the last line, which say who one is."""
    return [line for line in lines[1:-1] if line]


def moment(size, n, **theme):
    """The lines between the first and the last at a moment of the article's network."""
    made = controller(**theme)
    made.size = size
    made.run_action("next", n)
    return without_first([line.rstrip() for line in made.draw().text().splitlines()])


def shows(program, size, n, **theme):
    wanted = moment(size, n, **theme)
    program.until(lambda screen: without_first(screen.lines) == wanted)


def test_each_screen_is_drawn_for_its_own_size_colours_and_characters(tmp_path):
    name = class_name()
    with (
        teacher(tmp_path, name, anew=True) as anna,
        pupil(tmp_path, name, "small", size=(80, 24), anew=True) as small,
        pupil(tmp_path, name, "large", size=(120, 36), TERM="linux") as large,
        pupil(tmp_path, name, "plain", "--ascii", "--no-color", size=(76, 20)) as plain,
    ):
        anna.until_shown("class 3/3")
        anna.send("8n")
        anna.until_shown(" 8/16")
        shows(small, (80, 24), 8)
        shows(large, (120, 36), 8)
        shows(plain, (76, 20), 8, ascii=True)
        assert not plain.screen.colours
        assert all(isinstance(code, int) for code in large.screen.colours)
        assert "following" in small.screen.lines[0]


def test_the_teacher_is_told_how_pupils_come_in_and_nothing_else(tmp_path):
    name = class_name()
    with teacher(tmp_path, name) as anna:
        anna.until_shown("pupils join with")
        assert anna.screen.lines[-1].strip() == f"the class is open: pupils join with bpstep join {name}"


def test_a_pupil_wanders_off_and_comes_back_and_the_teacher_sees_it(tmp_path):
    name = class_name()
    with teacher(tmp_path, name) as anna, pupil(tmp_path, name, "bob") as bob:
        anna.send("3n")
        bob.until_shown("n = 3")
        bob.send("5n")
        bob.until_shown("on your own")
        anna.until_shown("class 0/1")
        command(anna, "pupils")
        anna.until_shown("bob  on their own at n = 8: iteration 0, delta_V")
        anna.send("\x1b")
        anna.until_shown(" 3/16")
        bob.send("o")
        bob.until_shown("following")
        shows(bob, (80, 24), 3)
        anna.until_shown("class 1/1")


def test_a_question_is_asked_answered_and_revealed(tmp_path):
    name = class_name()
    with (
        teacher(tmp_path, name, "--at", "net_1") as anna,
        pupil(tmp_path, name, "bob") as bob,
        pupil(tmp_path, name, "eve") as eve,
    ):
        anna.until_shown("class 2/2")
        command(anna, "ask the class")
        for each in (bob, eve):
            each.until_shown("What will H[0] be after the next equation?")
        bob.send("0.5597\r")
        eve.send("0.24\r")
        anna.until_shown("2 of 2 have answered")
        anna.until(lambda screen: "0.24 █" in screen.text and "0.5597 █" in screen.text)
        assert "right" not in anna.screen.text
        anna.send("\r")
        for each in (anna, bob, eve):
            each.until_shown("H[0] is 0.559713649")
            each.until_shown("1 right")
        command(anna, "caption")
        anna.until_shown("caption:")
        anna.send("The activation squashes it.\r")
        for each in (anna, bob, eve):
            each.until_shown("The activation squashes it.")
        anna.send("n")
        anna.until_shown(" 2/16", gone="H[0] is 0.559713649")
        bob.until_shown("n = 2", gone="H[0] is 0.559713649")


def test_a_count_typed_over_the_answers_counts(tmp_path):
    name = class_name()
    with teacher(tmp_path, name, "--at", "6") as anna:
        command(anna, "ask the class")
        anna.until_shown("0 of 0 have answered")
        anna.send("\r")
        anna.until_shown("everybody sees this until you move on")
        anna.send("5")
        anna.until_shown("5 …")
        anna.send("n")
        anna.until_shown("11/16", gone="everybody sees this")


def test_a_class_opens_inside_an_equation(tmp_path):
    name = class_name()
    with (
        teacher(tmp_path, name, "--at", "H", "--into", "2") as anna,
        pupil(tmp_path, name, "bob") as bob,
    ):
        for each in (anna, bob):
            each.until_shown("─ formula ─ 2/6 ─ net_2 ─")


def test_the_teacher_is_told_that_a_caption_is_long(tmp_path):
    name = class_name()
    with teacher(tmp_path, name) as anna:
        command(anna, "caption")
        anna.until_shown("caption:")
        anna.send("x" * 60)
        anna.until_shown("on a screen of 60 columns it takes 2 lines and covers part of the panes")
        anna.send("x" * 101)
        anna.until_shown("that has 161 characters; at most 160 are shown")
        anna.send("\r")
        anna.until_shown("caption:")


def test_a_name_that_is_cut_is_told(tmp_path):
    name = class_name()
    with teacher(tmp_path, name), pupil(tmp_path, name, "Wolfeschlegelsteinhausenbergerdorff") as long:
        long.until_shown("here you are Wolfeschlegelsteinhausen: a name has at most 24 characters")


def test_one_step_while_a_pupil_is_stopped_is_on_the_screen_when_it_goes_on(tmp_path):
    name = class_name()
    with teacher(tmp_path, name, "--at", "6") as anna, pupil(tmp_path, name, "bob") as bob:
        for n in range(7, 13):
            bob.until_shown(f"n = {n - 1}")
            os.kill(bob.job, signal.SIGSTOP)
            assert bob.told("stopped") == signal.SIGSTOP
            anna.send("n")
            anna.until_shown(f" {n}/16")
            bob.resume()
            shows(bob, (80, 24), n)


def test_a_killed_teacher_comes_back_with_everything_and_pupils_find_the_way_by_themselves(tmp_path):
    name = class_name()
    with teacher(tmp_path, name, "--at", "net_1") as anna, pupil(tmp_path, name, "bob") as bob:
        anna.send("e0.25\r")
        anna.until_shown("to 0.25;")
        command(anna, "caption")
        anna.until_shown("caption:")
        anna.send("Stay here.\r")
        command(anna, "ask the class")
        bob.until_shown("What will H[0] be")
        bob.send("0.5597\r")
        anna.until_shown("1 of 1 have answered")
        os.kill(anna.job, signal.SIGKILL)
        bob.until_shown("teacher away, reconnecting")
        bob.send("\x1b")
        with bpstep(tmp_path, "share", name, XDG_STATE_HOME=str(tmp_path / "state")) as again:
            again.until_shown(f"the class {name} resumed at n = 1, 1 answer")
            again.until_shown("class 1/1")
            again.until_shown("Stay here.")
            again.until_shown("1 of 1 have answered   Enter reveals")
            bob.until_shown("following")
            bob.until_shown("Stay here.")
            bob.until_shown("you answered 0.5597; wait for", gone="will be:")
            again.send("\r")
            bob.until_shown("H[0] is")
            again.send("q")
            assert again.ended() == 0
            bob.until_shown("the class is over")
            bob.send("q")
            assert bob.ended() == 0


SET = ("--set", "W[0,0]=0.7", "--at", "1", "--into", "2")


@pytest.mark.parametrize(("words", "done"), [(("--at", "net_1"), "nn"), (SET, ""), (SET, "ne0.5\rn")])
def test_the_same_command_goes_on_where_the_class_was(tmp_path, words, done):
    name, n = class_name(), 1 + done.count("n")
    with teacher(tmp_path, name, "article", *words) as anna, pupil(tmp_path, name, "bob") as bob:
        anna.until_shown("class 1/1")
        anna.send(done)
        command(anna, "ask the class")
        bob.until_shown("be after the next equation?")
        bob.send("0.24\r")
        anna.until_shown("1 of 1 have answered")
        shown = below_the_first(anna)
        os.kill(anna.job, signal.SIGKILL)
        bob.until_shown("teacher away, reconnecting")
        state = str(tmp_path / "state")
        with bpstep(tmp_path, "share", name, "article", *words, XDG_STATE_HOME=state) as again:
            again.until_shown(f"the class {name} resumed at n = {n}, 1 answer")
            again.until_shown("1 of 1 have answered   Enter reveals")
            assert below_the_first(again) == shown
            bob.until_shown(f" n = {n}")
            again.send("\r")
            bob.until_shown("you answered 0.24")


def test_a_command_for_another_network_does_not_end_a_class_that_was_killed(tmp_path):
    name, state = class_name(), str(tmp_path / "state")
    with teacher(tmp_path, name, "xor") as anna:
        anna.send("3n")
        anna.until_shown("  3/")
        os.kill(anna.job, signal.SIGKILL)
        assert anna.told("ended") != 0
        for words in ([], ["mazur"], ["xor", "--resume", "mine"]):
            with bpstep(tmp_path, "share", name, *words, XDG_STATE_HOME=state) as wrong:
                assert wrong.ended() == 2
                assert (
                    f"the class {name} is still about xor: "
                    f"resume it with bpstep share {name} xor; q there ends it"
                ) in wrong.screen.written
        with bpstep(tmp_path, "share", name, "xor", XDG_STATE_HOME=state) as again:
            again.until_shown(f"the class {name} resumed at n = 3")


def below_the_first(program):
    """The screen without its first line with the flags and its last with the message."""
    return program.screen.text.splitlines()[1:-1]


def test_a_class_looks_for_the_mistake_of_a_puzzle_together(tmp_path):
    name = class_name()
    with teacher(tmp_path, name, "ember") as anna, pupil(tmp_path, name, "bob") as bob:
        for each in (anna, bob):
            each.until_shown("One of these 20 equations is wrong.")


def test_a_class_that_was_ended_begins_anew(tmp_path):
    name = class_name()
    with teacher(tmp_path, name) as anna:
        anna.send("5n")
        anna.until_shown(" 5/16")
        anna.send("q")
        assert anna.ended() == 0
    assert not (sockets.ROOT / f"bpstep-{os.geteuid()}" / name).exists()
    with teacher(tmp_path, name) as anna:
        anna.until_shown(" 0/16")


def test_a_second_teacher_is_refused_in_one_line(tmp_path):
    name = class_name()
    with teacher(tmp_path, name), bpstep(tmp_path, "share", name) as other:
        assert other.ended() == 2
        said = other.screen.written.replace("\r", "").strip()
        assert said.startswith(f"bpstep: error: there is a class {name} already")


def test_there_is_no_class_to_join(tmp_path):
    with bpstep(tmp_path, "join", class_name(), "--name", "bob") as program:
        assert program.ended() == 2
        assert "there is no class" in program.screen.written


def test_the_name_is_asked_for_and_one_that_is_taken_gets_a_number(tmp_path):
    name = class_name()
    with (
        teacher(tmp_path, name) as anna,
        pupil(tmp_path, name, "bob"),
        bpstep(tmp_path, "join", name) as other,
    ):
        other.until_shown("your name in the class:")
        other.send("b\x01o\x07b\r")
        other.until_shown("following")
        command(anna, "pupils")
        anna.until_shown("b o b")
        with pupil(tmp_path, name, "bob") as second:
            second.until_shown("here you are bob 2")


def test_a_slip_of_the_keys_is_no_name_and_no_end(tmp_path):
    name = class_name()
    with teacher(tmp_path, name), bpstep(tmp_path, "join", name) as guest:
        guest.until_shown("your name in the class:")
        guest.send("\r")
        guest.until_shown("the teacher needs a name to see who is there; try again or leave with ctrl+d")
        guest.send("\u3164\rbob\r")
        guest.until_shown("following")
    with teacher(tmp_path, name):
        for typed in ("\x04", "\r\r\r"):
            with bpstep(tmp_path, "join", name) as guest:
                guest.until_shown("your name in the class:")
                guest.send(typed)
                assert guest.ended() == 2
                assert "no name was given" in guest.screen.written


def test_nobody_is_asked_for_a_name_for_a_class_that_is_not_there(tmp_path):
    with bpstep(tmp_path, "join", class_name()) as program:
        assert program.ended() == 2
        assert "there is no class" in program.screen.written
        assert "your name" not in program.screen.written


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become somebody else"
)
def test_nobody_takes_over_a_class_whose_teacher_was_killed(tmp_path):
    name, state = class_name(), str(tmp_path / "state")
    with teacher(tmp_path, name, "--at", "3") as anna, pupil(tmp_path, name, "bob") as bob:
        os.kill(anna.job, signal.SIGKILL)
        with silent_class(name):
            bob.until_shown("teacher away, reconnecting")
            with bpstep(tmp_path, "share", name, size=(120, 36), XDG_STATE_HOME=state) as again:
                again.until_shown(f"the class {name} resumed at n = 3")
                again.until_shown(f"--teacher {user_name(0)}")
                bob.until_shown("following")
                again.until_shown("class 1/1")


@contextmanager
def silent_class(name):
    """Another user's class of this name that says nothing at all."""
    (is_open, ready), (may_leave, leave) = os.pipe(), os.pipe()

    def hold():
        venue = sockets.open_class(name, AccessRules(65534, users=frozenset((0,))))
        os.write(ready, b"!")
        os.read(may_leave, 1)
        venue.close()
        return ""

    other = threading.Thread(target=as_user, args=(65534, hold), daemon=True)
    other.start()
    try:
        assert select.select([is_open], [], [], 60)[0]
        yield
    finally:
        os.write(leave, b"!")
        other.join()
        for each in (is_open, ready, may_leave, leave):
            os.close(each)


def test_a_stopped_pupil_delays_nobody_and_is_right_at_once_when_it_goes_on(tmp_path):
    name = class_name()
    with (
        teacher(tmp_path, name) as anna,
        pupil(tmp_path, name, "bob") as bob,
        # Her terminal may be full, and what is stopped within a write loses nothing.
        pupil(tmp_path, name, "eve", PYTHONUNBUFFERED="1") as eve,
    ):
        anna.until_shown("class 2/2")
        os.kill(eve.job, signal.SIGSTOP)
        assert eve.told("stopped") == signal.SIGSTOP
        for _ in range(20):
            anna.send("5n")
        anna.until_shown("iteration 6   4/16")
        bob.until_shown("n = 100")
        eve.resume()
        eve.until_shown("n = 100")
        shows(eve, (80, 24), 100)


def test_join_reads_no_settings_and_writes_nothing(tmp_path):
    name = class_name()
    settings = tmp_path / "pupils" / "bpstep"
    settings.mkdir(parents=True)
    (settings / "config.toml").write_text("this is no TOML")
    empty = tmp_path / "empty"
    empty.mkdir()
    places_of = {"XDG_STATE_HOME": str(empty), "XDG_CACHE_HOME": str(empty), "HOME": str(empty)}
    with (
        teacher(tmp_path, name),
        pupil(tmp_path / "pupils", name, "bob", PYTHONDONTWRITEBYTECODE="1", **places_of) as bob,
    ):
        bob.send("8n")
        bob.until_shown("on your own")
        bob.send("e0.5\r")
        bob.until_shown("to 0.5;")
        bob.send("\x1ay\x10save\r")
        bob.until_shown("no command matches")
        bob.send("\x1b")
        bob.until_shown("you are on your own; o follows", gone="bpstep commands")
        bob.send("q")
        assert bob.ended() == 0
    assert list(empty.rglob("*")) == []


AUDITED = """
import os, sys
opened = []
KNOWN = (".py", ".pyc", ".so", ".dist-info", "METADATA", ".toml", ".typed")
DOING = ("subprocess", "os.system", "os.exec", "shutil", "os.remove", "os.rename", "os.mkdir")
def audit(event, arguments):
    if event == "open" and not isinstance(arguments[0], int):  # a descriptor is open already
        path, mode, flags = arguments
        writes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) if isinstance(flags, int) else False
        if writes or not str(path).endswith(KNOWN):
            opened.append((str(path), bool(writes)))
    elif event.startswith(DOING):
        opened.append((event, True))
sys.addaudithook(audit)
from bpstep.__main__ import main
status = main(sys.argv[2:])
with open(sys.argv[1], "w") as file:
    file.writelines(f"{int(writes)} {path}\\n" for path, writes in opened)
sys.exit(status)
"""
MAY_WRITE = ("/dev/tty", "/dev/null")


def test_what_join_opens_is_no_file_of_anybodys(tmp_path):
    name, told = class_name(), tmp_path / "told"
    environment = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}
    words = [sys.executable, "-c", AUDITED, str(told), "join", name, "--name", "bob"]
    with teacher(tmp_path, name) as anna:
        program = Program(words, environment, (80, 24))
        try:
            program.until_shown("following")
            anna.send("8n")
            program.until_shown("n = 8")
            program.send("ne0.5\r")
            program.until_shown("to 0.5;")
            program.send("oq")
            assert program.ended() == 0
        finally:
            program.close()
    lines = [line.split(" ", 1) for line in told.read_text().splitlines()]
    written = [path for writes, path in lines if writes == "1" and path not in (str(told), *MAY_WRITE)]
    assert written == []
    home = str(tmp_path)
    assert not [path for _, path in lines if "bpstep/config.toml" in path or path.startswith(home + "/state")]


def test_rubbish_at_the_socket_changes_nothing_and_is_in_the_log(tmp_path):
    name = class_name()
    with teacher(tmp_path, name) as anna, pupil(tmp_path, name, "bob") as bob:
        for data in (
            b"GET / HTTP/1.1\r\n",
            b"\x00" * 10_000,
            b'{"event":"Hello","name":"x","token":""}\n{}\n',
        ):
            stranger = sockets.connect_to_class(name)
            stranger.sendall(data)
            stranger.settimeout(30)
            try:
                while stranger.recv(2**16):
                    pass
            except ConnectionResetError:
                pass
            stranger.close()
        anna.send("2n")
        bob.until_shown("n = 2")
        assert "put out" not in anna.screen.written
    log = (tmp_path / "state" / "bpstep" / "classes" / f"{name}.log").read_text().splitlines()
    assert len(log) == 3
    assert all("was disconnected" in line for line in log)


def test_relay_joins_a_socket_and_two_streams(tmp_path):
    name = class_name()
    words = [sys.executable, "-m", "bpstep", "relay", name]
    done = subprocess.run(words, input=b"", capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"bpstep: error: there is no class")
    with teacher(tmp_path, name) as anna:
        relay = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        relay.stdin.write(b'{"event":"Hello","name":"far","token":""}\n')
        relay.stdin.flush()
        assert relay.stdout.readline().startswith(b'{"event":"Welcome"')
        anna.until_shown("class 1/1")
        relay.stdin.close()
        assert relay.wait(60) == 0
        relay.stdout.close()
        anna.until_shown("class 0/0")
