"""What a pupil sees is what the teacher sees, bit for bit; and what makes no sense is not taken."""

import json

import pytest
from classrooms import joined, owed, room, session
from make_networks import bits
from networks_for_screens import MADE

from bpstep.classroom.protocol import Caption, Hello, Welcome, encode
from bpstep.classroom.replica import Replica, clone_session
from bpstep.errors import BpstepError
from bpstep.session.session import Session
from bpstep.storage.session_file import header_line


def followed(mirror):
    """A pupil's session that has followed until now."""
    found = Session(mirror.network)
    mirror.follow(found)
    found.goto(mirror.place.n, mirror.place.k)
    return found


def same(one, other):
    """Whether two sessions show the same, to the last bit."""
    assert (one.n, one.k, one.run_name) == (other.n, other.k, other.run_name)
    here, there = one.frame, other.frame
    assert list(here.tensors) == list(there.tensors)
    assert [step.source for step in here.program.steps] == [step.source for step in there.program.steps]
    assert here.edits == there.edits
    assert here.marks == there.marks
    return bits(here.tensors) == bits(there.tensors)


@pytest.mark.parametrize("network", ["article", "mazur", "xor", "penguins", "deep", "article-as-printed"])
def test_a_pupil_has_the_teachers_state_to_the_last_bit(network):
    of = room(network, "i7")
    pupil, mirror = joined(of)
    theirs = followed(mirror)
    assert same(of.session, theirs)
    weights = of.session.program.parameters[0]
    first = (0,) * len(of.session.program.shapes[weights])
    for deed in (
        lambda teacher: teacher.edit(weights, first, 0.125),
        lambda teacher: teacher.step(3),
        lambda teacher: teacher.fork(),
        lambda teacher: teacher.edit(weights, first, -0.5),
        lambda teacher: teacher.step(40),
        lambda teacher: teacher.undo(),
        lambda teacher: teacher.goto(teacher.n, 1),
        lambda teacher: teacher.switch(),
        lambda teacher: teacher.goto(2),
        lambda teacher: teacher.mark("here"),
        lambda teacher: teacher.drop_edits(),
    ):
        deed(of.session)
        mirror.feed(owed(of, pupil))
        mirror.follow(theirs)
        theirs.goto(mirror.place.n, mirror.place.k)
        assert same(of.session, theirs)
        assert same(of.session, followed(joined(of, "late")[1]))


def test_minibatches_and_replaced_equations_travel_too():
    for name in MADE:
        of = room(MADE[name](), "i1")
        assert same(of.session, followed(joined(of)[1]))


def test_many_events_are_taken_over_at_once():
    of = room(at="i2")
    for k in range(300):
        of.session.edit("W", (0, k % 3), k / 7)
    assert same(of.session, followed(joined(of)[1]))


def test_events_are_not_followed_before_the_position_they_belong_to():
    of = room()
    pupil, mirror = joined(of)
    theirs = followed(mirror)
    of.session.edit("W", (0, 1), 0.25)
    event, place = owed(of, pupil).splitlines(keepends=True)
    assert not mirror.feed(event)
    mirror.follow(theirs)
    assert theirs.journal.events == []
    assert mirror.feed(place)
    mirror.follow(theirs)
    assert theirs.journal.events == of.session.journal.events


def test_a_twin_goes_its_own_way():
    one = session("mazur", "i3:delta_W")
    one.edit("W", (0, 0), 0.5)
    other = clone_session(one)
    assert same(one, other)
    other.edit("W", (0, 0), 0.75)
    other.mark("mine")
    other.step(5)
    other.fork()
    assert one.frame.marks == {}
    assert [edit.value for edit in one.frame.edits] == [0.5]
    one.goto("i5")
    other.switch()
    other.drop_edits()
    fresh = session("mazur", "i3:delta_W")
    fresh.edit("W", (0, 0), 0.5)
    fresh.goto("i5")
    assert same(one, fresh)


def begun(*lines, text=None, **more):
    """A mirror that has heard a welcome, a network and these lines; `more` is what its line says beside."""
    mirror = Replica()
    header = {**json.loads(header_line(session().network)), **more}
    if text is not None:
        header["file"] = text(header["file"])
    mirror.feed(encode(Welcome("anna", "bob")))
    mirror.feed(json.dumps(header).encode() + b"\n")
    for line in lines:
        mirror.feed(line.encode() + b"\n")
    return mirror


@pytest.mark.parametrize(
    "line",
    [
        "hello",
        '{"event":"Edit","at":0,"name":"W","index":[0,1],"value":"__import__(\'os\')"}',
        '{"event":"Hello","name":"bob"}',
        '{"event":"Welcome","teacher":"anna","name":"bob"}',
        '{"event":"exec","source":"print(1)"}',
        '{"n":1e3}',
        "x" * 30_000,
    ],
)
def test_a_line_that_makes_no_sense_is_not_taken(line):
    with pytest.raises(BpstepError):
        begun(line)


@pytest.mark.parametrize(
    "event",
    [
        {"event": "Edit", "at": 0, "name": "nothing", "index": [0], "value": 1.0},
        {"event": "Edit", "at": 0, "name": "W", "index": [9, 9], "value": 1.0},
        {"event": "EditEquation", "at": 0, "name": "delta_Y", "source": "__import__('os').system('true')"},
        {"event": "EditEquation", "at": 0, "name": "delta_Y", "source": "Y.__class__"},
        {"event": "EditEquation", "at": 0, "name": "delta_Y", "source": "9**9**9**9"},
        {"event": "Undo"},
        {"event": "Switch", "run": "B"},
    ],
)
def test_an_event_that_the_session_would_not_allow_is_not_followed(event):
    mirror = begun(json.dumps(event), '{"n":0}')
    with pytest.raises(BpstepError):
        mirror.follow(Session(mirror.network))


@pytest.mark.parametrize(
    "text",
    [
        lambda text: text.replace("inputs = [[0.4, 0.5]]", 'file = "/etc/passwd"\ninputs = ["x"]'),
        lambda text: text.replace("[[0.4, 0.5]]", '[[0.4, "0.5"]]'),
        lambda text: text + "\n[program]\ndelta_Y = \"open('/etc/passwd')\"\n",
        lambda _: "",
        lambda _: "x = ",
    ],
)
def test_a_network_that_is_none_or_that_names_a_file_is_refused(text):
    with pytest.raises(BpstepError):
        begun(text=text).network  # noqa: B018


@pytest.mark.parametrize("more", [{"origin": "/etc/passwd"}, {"digest": "0" * 64}, {"version": 9}, {"x": 1}])
def test_a_network_that_is_elsewhere_is_not_looked_for(more):
    with pytest.raises(BpstepError):
        begun(**more)


def test_nothing_comes_before_the_welcome_and_the_network():
    with pytest.raises(BpstepError):
        Replica().feed(b'{"n":1}\n')
    with pytest.raises(BpstepError):
        Replica().feed(encode(Caption("hello")))
    mirror = Replica()
    mirror.feed(encode(Welcome("anna", "bob")))
    with pytest.raises(BpstepError):
        mirror.feed(b'{"n":1}\n')


def test_a_class_of_endless_events_is_left(monkeypatch):
    mirror = begun()
    monkeypatch.setattr("bpstep.classroom.replica._MAX_EVENTS", 20_000)
    for _ in range(20):
        mirror.feed(b'{"event":"DropEdits"}\n' * 1000)
    with pytest.raises(BpstepError):
        mirror.feed(b'{"event":"DropEdits"}\n')


def test_what_comes_before_everything_is_there_is_nothing_to_show():
    of = room("mazur")
    pupil, mirror = of.enter(Hello("bob")), Replica()
    data = owed(of, pupil)
    for at in range(0, len(data) - 1, 100):
        mirror.feed(data[at : min(at + 100, len(data) - 1)])
        assert not mirror.is_complete
    assert mirror.feed(data[-1:])
    assert mirror.is_complete
