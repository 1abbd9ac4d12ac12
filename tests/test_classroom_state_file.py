"""What is saved of a class: complete or absent, for the teacher alone."""

import os
import stat

import pytest
from classrooms import answered, joined, room, said
from full_disk import at_most

from bpstep.classroom import state_file
from bpstep.classroom.state_file import StateFile

pytestmark = pytest.mark.skipif(os.name != "posix", reason="classes need Unix sockets")


def test_where_the_disk_is_full_what_was_kept_before_is_kept(tmp_path):
    of, kept = room(at="net_1"), StateFile(tmp_path / "classes", "algebra")
    of.ask((0,))
    kept.save("article-1", of)
    before = kept.load()
    for k in range(60):
        pupil, _ = joined(of, f"p{k}")
        of.handle(pupil, said(answered(1, "0.5597")))
    with at_most(1000):
        kept.save("article-1", of)
    assert before is not None
    assert kept.load() == before
    assert [path.name for path in (tmp_path / "classes").iterdir()] == ["algebra.json"]
    kept.save("article-1", of)
    assert len(kept.load().answers) == 60


def test_what_is_kept_is_for_the_teacher_alone(tmp_path):
    mask = os.umask(0)
    try:
        kept = StateFile(tmp_path / "bpstep" / "classes", "algebra")
        kept.save("", room())
        kept.log("somebody was disconnected")
    finally:
        os.umask(mask)
    for path in (tmp_path / "bpstep", *(tmp_path / "bpstep").rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) in (0o600, 0o700), path


def test_a_log_that_has_grown_long_is_put_aside_and_not_lost(tmp_path, monkeypatch):
    monkeypatch.setattr(state_file, "_MAX_LOG_SIZE", 500)
    kept = StateFile(tmp_path, "algebra")
    for k in range(20):
        kept.log(f"line {k}")
    old, new = (tmp_path / "algebra.log.1").read_text(), (tmp_path / "algebra.log").read_text()
    assert [line.split(" ", 2)[2] for line in (old + new).splitlines()] == [f"line {k}" for k in range(20)]
