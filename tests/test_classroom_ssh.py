"""A class over real ssh: clients of several sizes and colours, a guest's forced command, an ssh:// pupil."""

import os
import signal
import subprocess

import pytest
from classrooms import class_name, teacher
from pseudo_terminal import bpstep
from ssh_server import MISSING, secure_shell
from test_classroom_terminal import command, shows

from bpstep.classroom.client import Address, parse_address
from bpstep.errors import BpstepError

NAME = class_name()


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    """An sshd whose second port has the guest's forced command."""
    if MISSING:
        pytest.skip("there is no OpenSSH server here: apt-get install openssh-server openssh-client")
    folder = tmp_path_factory.mktemp("sshd")
    with secure_shell(folder, f"bpstep join {NAME}") as found:
        if found is None:
            pytest.skip(f"sshd can't be used here: {(folder / 'log').read_text()[-300:]}")
        yield found


def test_two_ssh_clients_and_one_on_another_machine_are_one_class(tmp_path, host):
    far = f"ssh://{host.user}@127.0.0.1:{host.port}/{NAME}"
    with (
        teacher(tmp_path, NAME, "--at", "net_1", size=(100, 30)) as anna,
        host.client(f"bpstep join {NAME} --name small") as small,
        host.client(forced=True, size=(120, 36), term="linux") as guest,
        bpstep(tmp_path / "far", "join", far, "--name", "far", size=(90, 28), PATH=host.path) as distant,
    ):
        guest.until_shown("your name in the class:")
        guest.send("guest\r")
        every = {small: (80, 24), guest: (120, 36), distant: (90, 28)}
        for each in every:
            each.until_shown("following")
        anna.until_shown("class 3/3")
        anna.send("7n")
        for each, size in every.items():
            each.until_shown("n = 8")
            shows(each, size, 8)
        # sshd forwards no COLORTERM: sixteen colours on this one, 256 on the others.
        assert all(isinstance(code, int) for code in guest.screen.colours)
        assert any(isinstance(code, tuple) for code in small.screen.colours)
        command(anna, "ask the class")
        for number, each in enumerate(every):
            each.until_shown("What will delta_net2_H[0,0] be after the next equation?")
            each.send(f"0.{number}\r")
        anna.until_shown("3 of 3 have answered")
        anna.send("\r")
        for each in every:
            each.until_shown("delta_net2_H[0,0] is 0.1")
            each.until_shown("1 right")
        guest.send("nn")
        guest.until_shown("on your own")
        command(anna, "pupils")
        anna.until_shown("guest  on their own at n = 10")
        anna.send("\x1b")
        guest.send("o")
        guest.until_shown("following")
        for each in every:
            each.send("\x1b")
            each.until_shown("q quit")
            each.send("q")
            assert each.ended() == 0
        anna.until_shown("class 0/0")


def test_a_guest_gets_the_class_and_nothing_else(tmp_path, host):
    with teacher(tmp_path, NAME):
        ssh = str(host.folder / "bin/ssh")
        for asked in (["cat", "/etc/passwd"], ["bpstep", "list"]):
            words = [ssh, "-o", "BatchMode=yes", "-p", str(host.forced), "127.0.0.1", *asked]
            done = subprocess.run(words, input=b"", capture_output=True, check=False, timeout=90)
            assert done.returncode == 2
            assert b"needs a terminal" in done.stderr
            assert b"root:" not in done.stdout
        with host.client(forced=True) as guest:
            guest.until_shown("your name in the class:")
            guest.send("guest\r")
            guest.until_shown("following")
            guest.send("\x1a")
            guest.until_shown("suspend: not available while you follow a class")
            guest.send("q")
            assert guest.ended() == 0


def test_a_line_that_drops_is_made_again_and_the_class_goes_on_where_it_is(tmp_path, host):
    far = f"ssh://127.0.0.1:{host.port}/{NAME}"
    with (
        teacher(tmp_path, NAME) as anna,
        bpstep(tmp_path / "far", "join", far, "--name", "far", PATH=host.path) as distant,
    ):
        distant.until_shown("following")
        anna.until_shown("class 1/1")
        (line,) = children(distant.job)
        os.kill(line, signal.SIGKILL)
        anna.until_shown("class 0/0")
        anna.send("5n")
        anna.until_shown("class 1/1")
        distant.until_shown("n = 5")
        shows(distant, (80, 24), 5)
        distant.send("q")
        assert distant.ended() == 0


def children(process):
    """The processes that a process has started."""
    found = subprocess.run(["pgrep", "-P", str(process)], capture_output=True, text=True, check=False)
    return [int(line) for line in found.stdout.split()]


def test_what_the_far_host_says_is_told_in_one_line(tmp_path, host):
    nowhere = class_name()
    with bpstep(
        tmp_path, "join", f"ssh://127.0.0.1:{host.port}/{nowhere}", "--name", "x", PATH=host.path
    ) as far:
        assert far.ended() == 2
        assert f"bpstep: error: there is no class {nowhere} here" in far.screen.written
    with bpstep(tmp_path, "join", f"ssh://127.0.0.1:1/{nowhere}", "--name", "x", PATH=host.path) as far:
        assert far.ended() == 2
        assert "onnection refused" in far.screen.written


def test_an_address_is_a_name_or_a_place_and_no_part_of_it_an_option():
    assert parse_address("algebra", None) == Address("algebra")
    assert parse_address("ssh://host/algebra", None) == Address("algebra", host="host")
    assert parse_address("ssh://anna@host.example:2222/algebra", "bob") == Address(
        "algebra", "bob", "host.example", "anna", "2222"
    )
    assert parse_address("ssh://[::1]:22/algebra", None).host == "::1"
    for text in (
        "ssh://-oProxyCommand=touch/algebra",
        "ssh://-x@host/algebra",
        "ssh://host/-algebra",
        "ssh://host/a;b",
        "ssh://host/a b",
        "ssh://host",
        "ssh:///algebra",
        "ssh://ho st/algebra",
        "ssh://host:99999999/algebra",
        "ssh://host/algebra/../x",
        "http://host/algebra",
        "host:algebra",
        "ssh://host$(id)/algebra",
    ):
        with pytest.raises(BpstepError):
            parse_address(text, None)
    with pytest.raises(BpstepError):
        parse_address("algebra", "-x")


def test_ssh_is_given_words_and_no_line_for_a_shell_of_this_machine():
    words = parse_address("ssh://anna@host:2222/algebra", "bob").command(may_ask=False)
    assert words == [
        *("ssh", "-T", "-o", "ServerAliveInterval=10", "-o", "ServerAliveCountMax=3", "-o", "BatchMode=yes"),
        *("-p", "2222", "-l", "anna", "--", "host"),
        "bpstep relay algebra --teacher bob",
    ]
