"""A lesson that reads or computes for too long without a screen to see is refused with its line."""

import signal
import threading
import time
from pathlib import Path

import pytest
from lesson_files import lesson, played
from network_files import LEAST, write

from bpstep.errors import FileError, TookTooLong
from bpstep.lessons import limits
from bpstep.lessons.limits import limited
from bpstep.lessons.player import Player
from bpstep.lessons.statements import ParseContext
from bpstep.recording.asciicast import asciicast_lines
from bpstep.recording.web_page import web_page
from bpstep.recording.write import screen_text

# What comes at any moment also comes within a destructor or a callback of the garbage collector, where
# Python tells of it and goes on; it comes again then.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

DEEP = LEAST.replace(
    "[[layers]]\nunits = 3", "[[layers]]\nunits = 3\nactivation = 'tanh'\n" * 150 + "[[layers]]\nunits = 3"
)

ENDLESS = {
    "a way without an end": "n\ngoto i400000",
    "a count of keys": "n\n99999999n",
    "a condition that is never true": 'B a "E < -1" Enter Escape\nc',
    "operations": "n\n999999999s",
}


class Clock:
    """The processor's time, set by hand."""

    def __init__(self):
        self.now = 0.0

    def thread_time(self):
        return self.now

    def pass_by(self, seconds):
        """Let time pass; then the clock is checked wherever it is checked."""
        self.now += seconds
        if signal.getsignal(signal.SIGALRM) != signal.SIG_DFL:
            signal.raise_signal(signal.SIGALRM)


@pytest.fixture
def clock(monkeypatch):
    found = Clock()
    monkeypatch.setattr(limits, "time", found)
    return found


@pytest.fixture(scope="module", autouse=True)
def _imported():
    """What the first screen needs is imported: that takes longer than all that follows."""
    list(asciicast_lines(played('n\nB a "E < -1" Enter Escape')))


@pytest.fixture
def impatient(monkeypatch):
    """A third of a second, in place of five."""
    monkeypatch.setattr(limits, "MAX_SECONDS", 0.3)
    monkeypatch.setattr(limits, "_CHECK_INTERVAL", 0.02)


def busy(seconds):
    """Compute so long."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        sum(range(100))


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("words", "write"),
    [
        *((words, asciicast_lines) for words in ENDLESS.values()),
        (ENDLESS["operations"], screen_text),
        (ENDLESS["operations"], lambda made: web_page(made, Path("x.md"))),
    ],
)
def test_a_lesson_that_computes_too_long_is_told_with_its_line(words, write):
    began = time.thread_time()
    with pytest.raises(FileError, match=r"try.lesson:2: .* without showing a screen"):
        list(write(played(words)))
    assert time.thread_time() - began < 5


@pytest.mark.usefixtures("impatient")
def test_a_single_screen_of_a_long_lesson_is_refused_as_well():
    with pytest.raises(FileError, match=r"try.lesson:2: .* without showing a screen"):
        played("n\ngoto i400000").screen()


@pytest.mark.usefixtures("impatient")
def test_networks_that_take_too_long_to_read_are_told_with_the_line(tmp_path, monkeypatch):
    # What is remembered of networks that were read before makes reading faster.
    monkeypatch.setattr(limits, "MAX_SECONDS", 0.05)
    write(tmp_path, DEEP)
    with pytest.raises(FileError, match=r"try.lesson:1: reading takes more than 5 seconds"):
        lesson("network net.toml\nn", tmp_path)
    write(tmp_path, LEAST)
    with pytest.raises(FileError, match=r"try.lesson:\d+: reading takes more than 5 seconds"):
        lesson("network net.toml\n" * 5000 + "n", tmp_path)


@pytest.mark.usefixtures("impatient")
def test_a_lesson_that_takes_too_much_memory_is_told_with_its_line(clock, monkeypatch, tmp_path):
    run_next, held, read = Player.run_next, [2**30], []

    def run_in_more(player):
        held.append(held[-1] + 160 * 2**20)
        clock.pass_by(0.001)
        return run_next(player)

    monkeypatch.setattr(limits, "resident_bytes", lambda: held[-1])
    monkeypatch.setattr(Player, "run_next", run_in_more)
    with pytest.raises(FileError, match=r"try.lesson:1: this takes more than 300 MB of memory"):
        list(played("n\nn").screens())
    assert len(held) == 3

    def read_in_more(*_):
        read.append(held.append(held[-1] + 160 * 2**20))
        clock.pass_by(0.001)

    monkeypatch.setattr(ParseContext, "use_network", read_in_more)
    with pytest.raises(FileError, match=r"try.lesson:2: reading takes more than 300 MB of memory"):
        lesson("network article\nnetwork mazur\nn", tmp_path)


@pytest.mark.usefixtures("impatient")
def test_a_long_lesson_with_enough_to_see_is_not(clock, monkeypatch):
    run_next = Player.run_next

    def run_slowly(player):
        clock.pass_by(0.2)
        return run_next(player)

    monkeypatch.setattr(Player, "run_next", run_slowly)
    assert len(list(played("n N\n" * 4).screens())) > 8
    assert clock.now > 4 * limits.MAX_SECONDS


@pytest.mark.usefixtures("impatient")
def test_what_is_done_with_the_screens_is_not_the_lessons_time(clock):
    for _ in played("n*5").screens():
        clock.pass_by(2 * limits.MAX_SECONDS)


def test_the_limit_is_of_the_processors_time():
    with limited(0.1):
        time.sleep(0.3)


@pytest.mark.usefixtures("impatient")
def test_the_limit_ends_with_what_it_limits():
    before = signal.getsignal(signal.SIGALRM)
    with pytest.raises(TookTooLong), limited():
        busy(2)
    assert (signal.getsignal(signal.SIGALRM), signal.getitimer(signal.ITIMER_REAL)) == (before, (0.0, 0.0))
    busy(0.7)


@pytest.mark.usefixtures("impatient")
def test_beside_the_main_thread_there_is_none():
    done = []

    def work():
        with limited():
            busy(0.7)
        done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done


def test_five_seconds_are_what_it_is():
    assert limits.MAX_SECONDS == 5
