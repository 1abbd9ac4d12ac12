"""`bpstep check NETWORK --against grads.npz`: which array of another program differs first, and why."""

import json
import zipfile

import numpy as np
import pytest
from command_line import asking, refused
from documents import README, blocks

from bpstep.export.against import _sentences
from bpstep.gradcheck import against
from bpstep.gradcheck.against import ArrayComparison
from bpstep.netfile import builtin
from bpstep.session.origin import open_script_file
from bpstep.session.session import Session


@pytest.fixture
def ask(capsys, monkeypatch, tmp_path):
    """Run the command line in this process: (exit status, standard output, standard error)."""
    monkeypatch.chdir(tmp_path)
    return asking(capsys, monkeypatch, tmp_path)


def tensors(session, position="i1"):
    session.goto(session.resolve(position))
    return {name: np.array(value) for name, value in session.frame.tensors.items()}


def penguins():
    return tensors(Session(builtin.open_network("penguins")))


def homework(tmp_path):
    """The README's script, and its tensors after an iteration."""
    path = tmp_path / "homework.py"
    path.write_text(blocks(README, "python")[0], encoding="utf-8")
    return tensors(Session(open_script_file(path)))


def test_the_same_arrays_agree_also_in_single_precision_and_with_other_axes_of_length_1(ask):
    found = penguins()
    named = {"delta_W": found["delta_W"], "Y": found["Y"].astype(np.float32), "B1": found["B1"][:, None]}
    np.savez("grads.npz", **named)
    status, out, err = ask("check", "penguins", "--against", "grads.npz")
    assert (status, err) == (0, "")
    assert "grads.npz against penguins at i1: 3 of 3 arrays agree." in out
    assert out.endswith("\nEvery array agrees.\n")
    assert ask("check", "penguins", "--against", "grads.npz", "--quiet") == (0, "", "")


MISTAKES = [
    ("delta_net2", lambda t: t["Y"] - t["labelY"], "32 times what it should be; 32 is the number of samples"),
    ("delta_V", lambda t: -t["delta_V"], "wrong sign"),
    ("delta_net1", lambda t: t["delta_H"], "factor"),
    ("delta_W", lambda t: t["delta_W"] * 3, "3 times"),
    ("delta_B2", lambda t: t["delta_net2"].mean(axis=0), "mean"),
]


def test_the_cell_that_is_shown_is_the_one_that_is_furthest_off(ask):
    """Not the largest: that is off by less here."""
    given = penguins()["delta_W"].copy()
    largest, smallest = (
        np.unravel_index(at, given.shape) for at in (abs(given).argmax(), abs(given).argmin())
    )
    given[smallest] += abs(given[largest])
    given[largest] *= 1.1
    np.savez("grads.npz", delta_W=given)
    _, out, _ = ask("check", "penguins", "--against", "grads.npz")
    cell = "delta_W[{},{}]"
    assert cell.format(*smallest) in out
    assert cell.format(*largest) not in out


@pytest.mark.parametrize(("name", "wrong", "mistake"), MISTAKES, ids=[each[0] for each in MISTAKES])
def test_the_single_mistake_is_named(name, wrong, mistake, ask):
    found = penguins()
    np.savez("grads.npz", **{name: wrong(found), "H": found["H"]})
    status, out, _ = ask("check", "penguins", "--against", "grads.npz")
    assert status == 1
    assert f"\n{name} is the first that differs.\n    {name} = " in out
    assert mistake in out.split("here it is")[1]


def test_a_square_matrix_that_is_transposed_is_called_that(ask):
    found = tensors(Session(builtin.open_network("deep")))
    name = next(each for each in found if each.startswith("delta_W") and len({*found[each].shape}) == 1)
    np.savez("grads.npz", **{name: found[name].T})
    status, out, _ = ask("check", "deep", "--against", "grads.npz", "--quiet")
    assert status == 1
    assert out.startswith(f"deep: {name}[")
    assert "transpose" in out


def test_the_first_in_the_order_of_the_equations_is_named(ask, tmp_path):
    found = homework(tmp_path)
    np.savez("grads.npz", dH=found["dH"] * 2, dO=-found["dO"], W1=found["W1"] + 1, X=found["X"])
    status, out, _ = ask("check", "homework.py", "--against", "grads.npz", "--format", "json")
    head, *arrays = map(json.loads, out.splitlines())
    assert (status, head["ok"], head["first"]) == (1, False, "dO")
    assert [(each["array"], each["ok"]) for each in arrays] == [
        ("X", True),
        ("dO", False),
        ("dH", False),
        ("W1", False),
    ]
    assert arrays[1]["equation"] == "dO = (O - y) * O * (1 - O)"
    assert arrays[1]["mistake"] == "wrong sign"
    assert arrays[1]["given"] == -arrays[1]["expected"]


def test_the_position_chooses_the_iteration(ask):
    session = Session(builtin.open_network("xor"))
    np.savez("grads.npz", W=tensors(session, "i7")["W"])
    assert ask("check", "xor", "--against", "grads.npz", "--at", "i7", "--quiet")[0] == 0
    assert ask("check", "xor", "--against", "grads.npz", "--quiet")[0] == 1


def test_unknown_names_and_other_shapes_are_told(ask):
    found = penguins()
    turned = {"delta_V": found["delta_V"].T, "V": found["V"].T + 1}
    np.savez("grads.npz", delta_w=found["delta_W"], B2=np.zeros(7), **turned)
    status, out, _ = ask("check", "penguins", "--against", "grads.npz", "--quiet")
    assert status == 1
    assert "penguins: delta_w: no tensor has this name; did you mean delta_W?" in out
    assert "penguins: delta_V: its shape is (3, 8), expected (8, 3): it is transposed." in out
    assert "penguins: V: its shape is (3, 8), expected (8, 3)." in out
    assert "penguins: B2: its shape is (7,), expected (1, 3)." in out or "(7,), expected (3,)." in out


def test_what_is_no_archive_of_numbers_is_refused(ask, tmp_path, monkeypatch):
    monkeypatch.setattr(against, "MAX_ARRAY_BYTES", 2**20)
    command = ("check", "xor", "--against")
    refused(ask(*command, "missing.npz"), "missing.npz")
    (tmp_path / "text.npz").write_text("not an archive", encoding="utf-8")
    refused(ask(*command, "text.npz"), "not an .npz file")
    np.savez("objects.npz", W=np.array([{}], dtype=object))
    refused(ask(*command, "objects.npz"), "objects.npz")
    np.savez("words.npz", W=np.array(["a"]))
    refused(ask(*command, "words.npz"), "W holds no numbers")
    np.savez("other.npz", nothing=np.zeros(3))
    refused(ask(*command, "other.npz"), "no array has the name of a tensor: there are nothing")
    with zipfile.ZipFile("bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("W.npy", b"\0" * 2**21)
    refused(ask(*command, "bomb.npz"), "more than 1 MB")
    np.savez("good.npz", W=np.zeros(3))
    refused(ask("check", "xor", "mazur", "--against", "good.npz"), "one network")


def test_what_could_be_compared_comes_first_and_then_why_the_rest_could_not():
    computed = Session(builtin.open_network("article")).program.steps[0]
    constant = ArrayComparison("W", False, None, (0, 1), 0.25, 0.5)
    wrong = ArrayComparison("net_1", False, computed, (2,), 0.123456, 0.123457, "that is a mistake")
    other_shape = ArrayComparison("net_1", False, computed, problem="it has another shape")
    unknown = ArrayComparison("Q", False, problem="there is no such tensor")
    fine = ArrayComparison("V", True)
    of_w = ["W is the first that differs.", "    W[0,1]: a.npz has 0.25, here it is 0.5."]
    of_net = ["net_1 is the first that differs.", "    net_1 = X @ W + B1"]
    value = "    net_1[2]: a.npz has 0.123456, here it is 0.123457: that is a mistake."
    missing = "Q: there is no such tensor."
    for found, expected in (
        ([fine], ["Every array agrees."]),
        ([fine, constant], of_w),
        ([wrong], [*of_net, value]),
        ([other_shape], [*of_net, "    net_1: it has another shape."]),
        ([unknown], [missing]),
        ([unknown, constant], [*of_w, missing]),
        ([wrong, constant], [*of_net, value, "Those after it may differ only because of it."]),
    ):
        assert [*_sentences("a.npz", found)] == expected
