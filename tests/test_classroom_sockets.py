"""Where a class is, and who may enter: rights, links, locks, credentials."""

import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import warnings
from pathlib import Path

import pytest

from bpstep.classroom import credentials, sockets
from bpstep.classroom.credentials import AccessRules, PeerCredentials, access_rules
from bpstep.errors import BpstepError

pytestmark = pytest.mark.skipif(os.name != "posix", reason="classes need Unix sockets")

ME = os.geteuid() if os.name == "posix" else 0


@pytest.fixture(autouse=True)
def root(monkeypatch):
    """The folder for classes, in place of the machine's: a socket's path has at most 107 bytes."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o1777)
        monkeypatch.setattr(sockets, "ROOT", folder)
        yield folder


def rights(path):
    return stat.S_IMODE(os.lstat(path).st_mode)


def test_a_class_is_open_to_its_own_user_alone_unless_more_is_said(root):
    venue = sockets.open_class("algebra", AccessRules(ME))
    mine = root / f"bpstep-{ME}"
    assert (rights(mine), rights(mine / "algebra"), rights(mine / "algebra" / "socket")) == (
        0o711,
        0o700,
        0o600,
    )
    sockets.connect_to_class("algebra").close()
    assert not sockets.is_held_by_others("algebra")
    venue.close()
    assert list(mine.iterdir()) == []


def test_for_a_group_the_rights_name_it(root):
    group = os.getgroups()[0] if os.getgroups() else os.getegid()
    venue = sockets.open_class("algebra", AccessRules(ME, group=group))
    place = root / f"bpstep-{ME}" / "algebra"
    assert (rights(place), rights(place / "socket")) == (0o750, 0o660)
    assert {os.lstat(place).st_gid, os.lstat(place / "socket").st_gid} == {group}
    venue.close()


def test_for_named_users_any_user_can_reach_the_socket(root):
    venue = sockets.open_class("algebra", AccessRules(ME, users=frozenset((4711,))))
    place = root / f"bpstep-{ME}" / "algebra"
    assert (rights(place), rights(place / "socket")) == (0o711, 0o666)
    venue.close()


def test_a_umask_of_0_does_not_open_the_socket_to_others(root):
    before = os.umask(0)
    try:
        venue = sockets.open_class("algebra", AccessRules(ME))
    finally:
        os.umask(before)
    assert rights(root / f"bpstep-{ME}" / "algebra" / "socket") == 0o600
    venue.close()


def test_credentials_say_who_may_stay():
    assert AccessRules(1000).allows(PeerCredentials(1000, 1000))
    assert not AccessRules(1000).allows(PeerCredentials(1001, 1000))
    assert AccessRules(1000).allows(PeerCredentials(0, 0))
    assert AccessRules(1000, group=50).allows(PeerCredentials(1001, 50))
    assert not AccessRules(1000, group=50).allows(PeerCredentials(4_000_001, 51))
    assert AccessRules(1000, users=frozenset((1001,))).allows(PeerCredentials(1001, 7))
    assert not AccessRules(1000, users=frozenset((1001,))).allows(PeerCredentials(1002, 1001))
    # If the kernel does not report the user, rights decide, and a list of users is no right.
    assert AccessRules(1000, group=50).allows(None)
    assert not AccessRules(1000, users=frozenset((1001,))).allows(None)


@pytest.mark.skipif(not hasattr(socket, "SO_PEERCRED"), reason="the kernel does not tell")
def test_the_kernel_tells_who_is_at_the_other_end():
    one, other = socket.socketpair()
    assert credentials.peer_credentials(one) == PeerCredentials(ME, os.getegid())
    one.close()
    other.close()


def test_a_second_teacher_of_the_same_class_is_refused_in_one_line():
    venue = sockets.open_class("algebra", AccessRules(ME))
    with pytest.raises(BpstepError) as caught:
        sockets.open_class("algebra", AccessRules(ME))
    assert "there is a class algebra already" in str(caught.value)
    assert "\n" not in str(caught.value)
    sockets.connect_to_class("algebra").close()
    venue.close()
    sockets.open_class("algebra", AccessRules(ME)).close()


def test_what_a_killed_teacher_left_is_replaced(root):
    code = (
        "import os, sys; from pathlib import Path; from bpstep.classroom import sockets;"
        "from bpstep.classroom.credentials import AccessRules;"
        f"sockets.ROOT = Path({str(root)!r});"
        "venue = sockets.open_class('algebra', AccessRules(os.geteuid())); os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    assert (root / f"bpstep-{ME}" / "algebra" / "socket").exists()
    with pytest.raises(BpstepError, match="there is no class algebra here that is open to you"):
        sockets.connect_to_class("algebra")
    venue = sockets.open_class("algebra", AccessRules(ME))
    sockets.connect_to_class("algebra").close()
    venue.close()


def in_the_way(root):
    """The class is opened beside whatever is in its place, and a second one of its name is still refused."""
    venue = sockets.open_class("algebra", AccessRules(ME))
    (own,) = [path for path in root.iterdir() if path.name != f"bpstep-{ME}"]
    assert venue.path == own / "algebra"
    assert rights(own) == 0o711
    sockets.connect_to_class("algebra").close()
    usual = root / f"bpstep-{ME}"
    if usual.is_symlink():
        usual.unlink()
    else:
        usual.rmdir()
    with pytest.raises(BpstepError, match="already, held by you"):
        sockets.open_class("algebra", AccessRules(ME))
    venue.close()
    again = sockets.open_class("algebra", AccessRules(ME))
    assert again.path == venue.path
    again.close()


def test_a_link_in_place_of_the_teachers_folder_is_not_followed_and_does_not_hinder(root, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    (root / f"bpstep-{ME}").symlink_to(elsewhere)
    in_the_way(root)
    assert list(elsewhere.iterdir()) == []


def test_a_link_in_place_of_the_classs_folder_or_lock_is_not_followed(root, tmp_path):
    mine = root / f"bpstep-{ME}"
    mine.mkdir(mode=0o711)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (mine / "algebra").symlink_to(elsewhere)
    with pytest.raises(BpstepError, match="is in the way"):
        sockets.open_class("algebra", AccessRules(ME))
    (mine / "geometry").mkdir(mode=0o700)
    (mine / "geometry" / "lock").symlink_to(tmp_path / "made")
    with pytest.raises(BpstepError, match="the class cannot be opened"):
        sockets.open_class("geometry", AccessRules(ME))
    assert not (tmp_path / "made").exists()
    (mine / "geometry" / "lock").unlink()
    (mine / "geometry" / "lock").mkdir()
    with pytest.raises(BpstepError, match="the class cannot be opened"):
        sockets.open_class("geometry", AccessRules(ME))


def test_a_root_that_anybody_may_change_is_not_trusted(root):
    root.chmod(0o777)
    with pytest.raises(BpstepError, match="lacks the sticky bit"):
        sockets.open_class("algebra", AccessRules(ME))


def test_a_pupil_does_not_enter_what_is_not_its_owners_alone(root):
    venue = sockets.open_class("algebra", AccessRules(ME))
    mine = root / f"bpstep-{ME}"
    for path, mode in ((mine, 0o777), (mine / "algebra", 0o770)):
        before = rights(path)
        path.chmod(mode)
        with pytest.raises(BpstepError):
            sockets.connect_to_class("algebra")
        path.chmod(before)
    mine.rename(root / f"bpstep-{ME + 1}")  # the number is not the owner's
    with pytest.raises(BpstepError):
        sockets.connect_to_class("algebra")
    (root / f"bpstep-{ME + 1}").rename(mine)
    sockets.connect_to_class("algebra").close()
    venue.close()


@pytest.mark.skipif(ME != 0, reason="only root can become somebody else")
def test_a_folder_that_belongs_to_somebody_else_does_not_hinder(root):
    (root / f"bpstep-{ME}").mkdir(mode=0o777)
    os.chown(root / f"bpstep-{ME}", 65534, 65534)
    in_the_way(root)


@pytest.mark.skipif(ME != 0, reason="only root can become somebody else")
def test_nobody_has_two_folders_or_one_in_the_name_of_another(root):
    venue = sockets.open_class("algebra", AccessRules(ME))
    for name, owner in ((f"bpstep-{ME}-00000000", 65534), (f"bpstep-{ME}-00000001", ME), ("bpstep-1-x", 1)):
        (root / name).mkdir(mode=0o711)
        os.chown(root / name, owner, owner)
    assert sockets._folders() == [(root / f"bpstep-{ME}", ME)]
    venue.close()


def as_user(uid, deed):
    """The result of an action that another user does in a separate process."""
    ours, theirs = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # there are threads; the child does little
        child = os.fork()
    if not child:
        try:
            os.setgroups([])
            os.setgid(uid)
            os.setuid(uid)
            os.write(theirs, deed().encode())
        finally:
            os._exit(0)
    os.close(theirs)
    found = os.read(ours, 1000).decode()
    os.close(ours)
    os.waitpid(child, 0)
    return found


def entered():
    """Whether this user gets into the class: "in", or why not."""
    try:
        sockets.connect_to_class("algebra").close()
    except BpstepError as error:
        return str(error)
    return "in"


@pytest.fixture
def shared(monkeypatch):
    """A root that other users can get to."""
    if ME != 0:
        pytest.skip("only root can become somebody else")
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    folder.chmod(0o1777)
    monkeypatch.setattr(sockets, "ROOT", folder)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.usefixtures("shared")
def test_another_user_comes_in_where_the_class_is_theirs_too_and_nowhere_else():
    for who, expected in (
        (AccessRules(ME), "there is no class algebra here that is open to you"),
        (AccessRules(ME, group=65534), "in"),
        (AccessRules(ME, group=1), "there is no class algebra here that is open to you"),
        (AccessRules(ME, users=frozenset((65534,))), "in"),
    ):
        venue = sockets.open_class("algebra", who)
        assert as_user(65534, entered) == expected
        venue.close()


def test_whoever_poses_as_a_teacher_is_not_believed(shared):
    venue = sockets.open_class("algebra", AccessRules(ME))
    theirs = shared / "bpstep-65534" / "algebra"
    theirs.mkdir(parents=True, mode=0o711)
    other = socket.socket(socket.AF_UNIX)
    other.bind(str(theirs / "socket"))
    other.listen()
    for path in (theirs.parent, theirs, theirs / "socket"):
        os.chown(path, 65534, 65534)
        path.chmod(0o711)
    # It listens as root behind a name that says another user.
    sockets.connect_to_class("algebra").close()
    with pytest.raises(BpstepError):
        sockets.connect_to_class("algebra", "65534")
    other.close()
    venue.close()


@pytest.mark.usefixtures("shared")
def test_nobody_keeps_a_teacher_from_a_name_and_two_of_one_name_are_told_apart_by_their_own():
    def hold():
        """Make it as another user's bpstep would."""
        venue = sockets.open_class("algebra", AccessRules(65534, users=frozenset((ME,))))
        os.write(ready, b"!")
        os.read(leave, 1)
        venue.close()
        return ""

    (is_ready, ready), (leave, may_leave) = os.pipe(), os.pipe()
    thread = threading.Thread(target=as_user, args=(65534, hold))
    thread.start()
    os.read(is_ready, 1)
    sockets.connect_to_class("algebra").close()
    assert sockets.is_held_by_others("algebra")
    mine = sockets.open_class("algebra", AccessRules(ME))
    with pytest.raises(BpstepError, match="each hold a class algebra: say which with --teacher NAME"):
        sockets.connect_to_class("algebra")
    sockets.connect_to_class("algebra", "65534").close()
    sockets.connect_to_class("algebra", str(ME)).close()
    with pytest.raises(BpstepError, match="already, held by you"):
        sockets.open_class("algebra", AccessRules(ME))
    os.write(may_leave, b"!")
    thread.join()
    mine.close()
    for each in (is_ready, ready, leave, may_leave):
        os.close(each)


def test_one_who_finds_no_room_to_wait_waits_outside(monkeypatch):
    venue = sockets.open_class("algebra", AccessRules(ME))
    venue.socket.listen(0)
    waiting = [sockets.connect_to_class("algebra")]
    monkeypatch.setattr(sockets, "_CONNECT_TIMEOUT", 0.2)
    with pytest.raises(BpstepError, match="there is no class algebra"):
        sockets.connect_to_class("algebra")
    monkeypatch.setattr(sockets, "_CONNECT_TIMEOUT", 60)
    thread = threading.Thread(target=lambda: waiting.append(sockets.connect_to_class("algebra")))
    thread.start()
    taken = [venue.socket.accept()[0]]
    thread.join()
    assert len(waiting) == 2
    for each in (*waiting, *taken):
        each.close()
    venue.close()


@pytest.mark.parametrize("name", ["", "-x", "a/b", "..", "a b", "a" * 33, "ä", "a\n", "a;b"])
def test_a_name_that_could_be_more_than_a_name_is_refused(name):
    for use in (
        sockets.check_class_name,
        sockets.connect_to_class,
        lambda n: sockets.open_class(n, AccessRules(ME)),
    ):
        with pytest.raises(BpstepError, match="cannot name a class"):
            use(name)


def test_the_audience_that_options_name(monkeypatch):
    assert access_rules(None, None) == AccessRules(ME)
    import grp
    import pwd

    own = pwd.getpwuid(ME).pw_name
    assert access_rules(None, own) == AccessRules(ME, users=frozenset((ME,)))
    assert access_rules(grp.getgrgid(os.getegid()).gr_name, None) == AccessRules(ME, group=os.getegid())
    for group, users in (("no-such-group", None), (None, "no-such-user"), ("a", "b"), (None, f"{own},")):
        with pytest.raises(BpstepError):
            access_rules(group, users)
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    with pytest.raises(BpstepError, match="not in the group"):
        access_rules(
            next(g.gr_name for g in grp.getgrall() if g.gr_gid not in (os.getegid(), *os.getgroups())), None
        )
