"""What a power cut leaves: what was done, and of a file being replaced the old one or the new one."""

import json
import os
from pathlib import Path

import pytest
from make_networks import differing
from saved_sessions import kept

from bpstep.errors import BpstepError
from bpstep.netfile.builtin import open_network
from bpstep.storage import atomic_write
from bpstep.storage.json_lines import parse_json_line
from bpstep.storage.resume import resume
from bpstep.storage.session_file import read_record


@pytest.fixture
def done(monkeypatch):
    """The requests to the system, in order: (request, the content on the disk then)."""
    asked, sync, replace = [], os.fsync, os.replace

    def fsync(handle):
        sync(handle)
        path = os.readlink(f"/proc/self/fd/{handle}")
        asked.append(("sync", "" if os.path.isdir(path) else Path(path).read_text(encoding="utf-8")))

    def replaced(made, target):
        replace(made, target)
        asked.append(("replace", Path(target).read_text(encoding="utf-8")))

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replaced)
    return asked


needs_proc = pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="this system has no /proc")


@needs_proc
def test_an_edit_is_on_the_disk_and_a_move_alone_waits(done, tmp_path):
    session, recorder = kept(open_network("article"), tmp_path)
    session.goto(3)
    session.edit("H", (0,), 0.5)
    recorder.save()
    file, folder = done
    assert (file[1].count("\n"), folder) == (3, ("sync", ""))
    done.clear()
    session.goto(9)
    recorder.save()
    assert done == []
    session.edit("W", (0, 1), 0.25)
    recorder.save()
    assert len(done) == 1
    assert done[0][1].splitlines()[-1].startswith('{"event":"Edit"')
    recorder.close()


@needs_proc
@pytest.mark.parametrize(
    "write",
    [
        lambda path: atomic_write.write_lines(["new"], str(path)),
        lambda path: atomic_write.write_all([(path, ["new"])]),
    ],
)
def test_a_file_is_on_the_disk_before_it_takes_the_place_of_another(write, done, tmp_path):
    (tmp_path / "file").write_text("old", encoding="utf-8")
    write(tmp_path / "file")
    assert done == [("sync", "new\n"), ("replace", "new\n"), ("sync", "")]


def test_what_a_file_system_leaves_behind_the_last_whole_line_is_cut_off(tmp_path):
    """After a power cut the end of a file can be zeros that were never written."""
    session, recorder = kept(open_network("article"), tmp_path)
    session.edit("W", (0, 1), 0.25)
    recorder.save()
    recorder.close()
    (path,) = tmp_path.iterdir()
    with path.open("ab") as file:
        file.write(b'{"n":' + b"\0" * 4000)
    found = resume(path, tmp_path)
    assert any("its last line was cut off" in note for note in found.notes)
    assert not differing(found.session.frame.tensors, session.frame.tensors)
    found.recorder.close()


def test_a_line_as_deep_as_can_just_be_read_is_refused_like_any_other():
    for depth in range(100, 1200):
        text = '{"event":"Mark","name":' + "[" * depth + "]" * depth + ',"n":1}'
        with pytest.raises(BpstepError, match=r"line of JSON|not JSON|name cannot be"):
            read_record(parse_json_line(text))
        with pytest.raises(BpstepError, match=r"line of JSON|not JSON|there is no event"):
            read_record(
                parse_json_line(json.dumps({"n": 1})[:-1] + ',"event":' + "[" * depth + "]" * depth + "}")
            )
