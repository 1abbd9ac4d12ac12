"""`bpstep check`: several networks, JSON, what differs alone, progress on a terminal."""

import io
import json
import sys

import pytest
from command_line import asking, refused

from bpstep.cli import progress
from bpstep.cli.progress import limit_time, lines_with_progress, run_with_progress
from bpstep.errors import BpstepError
from bpstep.gradcheck.progress import run_to_end

WRONG = """\
loss = "half_squared_error"
learning_rate = 0.1
[data]
inputs = [[0.5, -0.25]]
labels = [[1.0]]
[[layers]]
weights = [[0.3], [-0.2]]
activation = "sigmoid"
[program]
delta_net1 = "delta_Y"
[[expect]]
at = "i0:Y"
name = "Y[0,0]"
value = 0.9
decimals = 2
source = "nowhere"
"""


@pytest.fixture
def ask(capsys, monkeypatch, tmp_path):
    """Run the command line in this process: (exit status, standard output, standard error)."""
    return asking(capsys, monkeypatch, tmp_path)


@pytest.fixture
def wrong(tmp_path):
    path = tmp_path / "wrong.toml"
    path.write_text(WRONG, encoding="utf-8")
    return str(path)


def test_each_of_several_networks_is_judged_and_the_status_is_the_worst(ask, wrong):
    status, out, err = ask("check", "mazur", "xor")
    assert (status, err) == (0, "")
    assert [line for line in out.splitlines() if line.startswith("==")] == ["== mazur ==", "== xor =="]
    assert out.count("Nothing is wrong") == 2
    status, out, err = ask("check", wrong, "mazur")
    assert (status, err) == (1, "")
    assert out.index("delta_net1 is wrong.") < out.index("== mazur ==") < out.index("Nothing is wrong")


def test_a_network_that_cannot_be_read_does_not_keep_the_others_from_being_checked(ask, wrong, tmp_path):
    broken = tmp_path / "broken.toml"
    broken.write_text("learning_rate = 0.1\nloss = 3\n", encoding="utf-8")
    status, out, err = ask("check", "mazur", str(broken), "no-such-network", wrong)
    assert status == 2
    assert "Nothing is wrong" in out
    assert "delta_net1 is wrong." in out
    first, second = err.splitlines()
    assert first.startswith(f"bpstep: error: {broken}:1: ")
    assert "no-such-network" in second


def test_a_position_that_only_one_of_several_networks_has_is_refused_for_the_others_by_name(ask):
    status, out, err = ask("check", "mazur", "xor", "--at", "i1:delta_B1")
    assert status == 2
    assert err.startswith("bpstep: error: mazur: ")
    assert "== xor ==" in out
    assert "== mazur ==" not in out


def test_options_may_stand_between_networks(ask):
    assert ask("check", "mazur", "--quiet", "xor") == ask("check", "--quiet", "mazur", "xor") == (0, "", "")


def test_the_same_network_twice_is_checked_once(ask):
    assert ask("check", "mazur", "mazur") == ask("check", "mazur")


def test_quiet_prints_only_what_differs_each_line_with_its_network(ask, wrong):
    assert ask("check", "article", "--quiet") == (0, "", "")
    status, out, err = ask("check", "article", wrong, "--quiet")
    assert (status, err) == (1, "")
    lines = out.splitlines()
    assert all(line.startswith(f"{wrong}: ") for line in lines)
    assert lines[0] == f"{wrong}: delta_net1 is wrong."
    assert f"{wrong}: Right: delta_net1 = delta_Y * delta_Y_net1" in lines
    assert lines[-1].startswith(f"{wrong}: FAILED  i0:Y  Y[0,0]  0.90 but is 0.54")
    assert lines[-1].endswith("  nowhere")


def test_json_is_an_object_a_line_and_quiet_leaves_out_what_agrees(ask, wrong):
    status, out, err = ask("check", "xor", wrong, "--format", "json", "--at", "i1")
    assert (status, err) == (1, "")
    records = [json.loads(line) for line in out.splitlines()]
    heads = [record for record in records if record.get("format") == "bpstep-check"]
    assert [(head["network"], head["ok"], head["at"], head["iteration"]) for head in heads] == [
        ("xor", True, "i1", 0),
        ("wrong", False, "i1", 0),
    ]
    assert {"parameter", "equation", "published"} <= set().union(*records)
    quiet = [
        json.loads(line)
        for line in ask("check", "xor", wrong, "--format", "json", "--at", "i1", "--quiet")[1].splitlines()
    ]
    assert [record for record in quiet if "format" in record] == heads
    others = [record for record in quiet if "format" not in record]
    assert [record["equation"] for record in others if "equation" in record] == ["delta_net1"]
    assert [record["ok"] for record in others if "published" in record] == [False]
    assert all(record["verdict"] == "differs" for record in others if "parameter" in record)


def test_a_position_is_named_beside_the_iteration_that_it_shows(ask):
    assert "gradients of iteration 2, the one shown at i3," in ask("check", "--at", "i3")[1]
    assert "gradients of iteration 0, each" in ask("check")[1]
    refused(ask("check", "--at="), "42, +5")


# Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def ticking(seconds):
    """A clock that is asked once to start with and then once or twice for each part."""
    now = [0.0]

    def clock():
        now[0] += seconds
        return now[0]

    return clock


def parts(count):
    for at in range(count):
        yield at / count
    return "found"


def shown(monkeypatch, work, clock, stream=None, term="xterm"):
    """What the work writes to standard error, and what it returns."""
    stream = stream or Terminal()
    monkeypatch.setenv("TERM", term)
    monkeypatch.setattr(sys, "stderr", stream)
    try:
        return run_with_progress(work, "checking xor", clock), stream.getvalue()
    except KeyboardInterrupt:
        return "stopped", stream.getvalue()


def test_work_that_takes_longer_than_a_second_shows_how_far_it_is_and_takes_the_line_back(monkeypatch):
    found, written = shown(monkeypatch, parts(10), ticking(0.4))
    assert found == "found"
    assert "checking xor: 20.0%" in written
    assert "\n" not in written
    assert written.endswith("\r\x1b[K")


def test_short_work_shows_nothing(monkeypatch):
    assert shown(monkeypatch, parts(10), ticking(0.01)) == ("found", "")


def test_without_a_terminal_there_is_no_progress(monkeypatch):
    assert shown(monkeypatch, parts(10), ticking(0.4), term="dumb") == ("found", "")
    assert shown(monkeypatch, parts(10), ticking(0.4), io.StringIO()) == ("found", "")


def test_the_line_is_taken_back_where_the_work_is_stopped(monkeypatch):
    def stopped():
        yield from parts(5)
        raise KeyboardInterrupt

    found, written = shown(monkeypatch, stopped(), ticking(1))
    assert found == "stopped"
    assert "checking xor" in written
    assert written.endswith("\r\x1b[K")


@pytest.mark.parametrize(
    ("part", "seconds", "refusal"),
    [(1e-4, 1.9, ""), (1e-3, 3.6, ""), (1e-3, 3.7, "62 minutes"), (1e-4, 2.5, "417 minutes")],
)
def test_a_position_that_would_take_more_than_an_hour_is_refused_after_two_seconds(part, seconds, refusal):
    work = limit_time(iter([0.0, part, 1.0]), 10**9, iter([0.0, 0.0, seconds, 4.0]).__next__)
    if refusal:
        with pytest.raises(
            BpstepError, match=f"^n = 1,000,000,000 takes about {refusal} to compute; at most 60 "
        ):
            run_to_end(work)
    else:
        run_to_end(work)


@pytest.mark.parametrize("command", ["show --at i100", "check --at i100", "trace --iterations 100 -o t"])
def test_the_commands_that_go_to_a_position_are_limited_in_time(capsys, monkeypatch, tmp_path, command):
    monkeypatch.setattr(progress, "_MAX_MINUTES", -1)  # nothing is so fast
    ask = asking(capsys, monkeypatch, tmp_path)
    name, *options = command.split()
    refused(ask(name, "article", *options), "error: n = 1,600 takes about 0 minutes")
    assert not (tmp_path / "t").exists()


def test_a_check_is_limited_in_time_at_the_last_published_value_and_in_all(ask, monkeypatch, tmp_path):
    monkeypatch.setattr(progress, "_MAX_MINUTES", -1)
    net = tmp_path / "net.toml"
    for text, said in (
        (WRONG.replace("i0:Y", "i100:Y"), "the [[expect]] at n = 1,002 takes about 0 minutes"),
        (WRONG, "the gradient check takes about 0 minutes for this network"),
    ):
        net.write_text(text, encoding="utf-8")
        assert said in ask("check", str(net))[2]


@pytest.mark.parametrize("name", ["ember", "anchor"])
def test_a_puzzle_or_lesson_is_named_as_such(ask, name):
    refused(ask("check", name), f"{name} is a puzzle; bpstep puzzle {name} opens it")
    refused(ask("show", "hundred"), "hundred is a lesson; bpstep lesson hundred opens it")


def test_lines_for_a_file_show_how_far_they_are(monkeypatch):
    stream = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(progress, "_QUIET_SECONDS", 0)
    assert list(lines_with_progress("abc", [0.0, 0.5, 1.0], "writing")) == ["a", "b", "c"]
    assert stream.getvalue() == "\r\x1b[Kwriting: 0.0%\r\x1b[K"
