"""The files that a script reads: whatever is in them, reading ends in bounded time and memory."""

import numpy as np
import pytest

from bpstep.script import files as module
from bpstep.script import limits
from bpstep.script.files import Files
from bpstep.script.refusal import OutOfBounds

READERS = {
    "np.loadtxt": lambda files, name: files.loadtxt(name),
    "np.genfromtxt": lambda files, name: files.genfromtxt(name),
    "of an open file": lambda files, name: files.genfromtxt(files.open(name, "rb")),
    "of lines": lambda files, name: files.loadtxt(files.open(name).readlines()),
    "csv.DictReader": lambda files, name: files.csv_dict_reader(files.open(name)),
}


class Clock:
    """Says after some lines that it takes too long."""

    def __init__(self, lines):
        self.lines = lines

    def __call__(self):
        self.lines -= 1
        if self.lines < 0:
            raise OutOfBounds("too slow")


def opened(folder, lines=10):
    return Files(folder, (), lambda name: None, Clock(lines))


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_a_long_file_is_read_no_longer_than_the_script_may_take(read, tmp_path):
    (tmp_path / "long.txt").write_text("1\n" * 100)
    with pytest.raises(OutOfBounds, match="too slow"):
        read(opened(tmp_path), "long.txt")
    assert len(list(read(opened(tmp_path, 101), "long.txt"))) in (99, 100)


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_a_line_without_an_end_is_not_taken_apart(read, tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MOST_ITEMS", 1000)
    (tmp_path / "wide.txt").write_text("1 " * 600)
    with pytest.raises(OutOfBounds, match="1,200"):
        read(opened(tmp_path), "wide.txt")


def test_an_archive_that_holds_too_much_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MOST_CELLS", 1000)
    np.savez_compressed(tmp_path / "small.npz", a=np.zeros(400), b=np.ones(400))
    np.savez_compressed(tmp_path / "large.npz", a=np.zeros(600), b=np.ones(600))
    assert opened(tmp_path).load("small.npz")["b"].sum() == 400
    monkeypatch.setattr(module.np, "load", None)
    with pytest.raises(OutOfBounds, match=r"1,2\d\d numbers"):
        opened(tmp_path).load("large.npz")
