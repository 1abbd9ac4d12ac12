"""Large networks in sessions: named by their file, and distinguished from a changed file."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from make_networks import article, network
from saved_sessions import reopened, same

from bpstep.errors import FileError
from bpstep.model.network import HeldOut, Layer
from bpstep.model.optimizers import Schedule
from bpstep.netfile import builtin
from bpstep.netfile.digest import digest, is_large
from bpstep.netfile.writer import network_text
from bpstep.session.session import Session
from bpstep.storage.recorder import Recorder, session_lines


def file(folder, made):
    path = folder / "wide.toml"
    path.write_text(network_text(made))
    return path


def test_a_large_network_s_session_is_short_and_opens_with_its_file(tmp_path):
    path = file(tmp_path, network((300, 400, 2), "sigmoid", samples=3))
    session = Session(builtin.open_network(str(path)))
    recorder = Recorder(session, tmp_path / "sessions", str(path))
    session.goto("i2")
    session.edit("W", (7, 7), 2.0)
    recorder.save()
    recorder.save_copy("lesson")
    recorder.close()
    for name in ("wide-1", "lesson"):
        kept = tmp_path / "sessions" / f"{name}.bpstep"
        assert kept.stat().st_size < 2_000
        assert same(session, reopened(kept, tmp_path).session) == []


def test_where_its_file_has_changed_that_is_told(tmp_path):
    made = network((300, 400, 2), "sigmoid", samples=3)
    path = file(tmp_path, made)
    session = Session(builtin.open_network(str(path)))
    recorder = Recorder(session, tmp_path / "sessions", str(path))
    session.step()
    recorder.save()
    kept = tmp_path / "sessions" / "wide-1.bpstep"
    file(tmp_path, replace(made, learning_rate=0.2))
    with pytest.raises(FileError, match=r"wide-1.bpstep:1: its network's file .*wide.toml has changed since"):
        reopened(kept, tmp_path)
    path.unlink()
    with pytest.raises(FileError, match="no such file"):
        reopened(kept, tmp_path)


def test_what_is_to_be_sent_holds_a_large_network_too(tmp_path):
    session = Session(network((300, 400, 2), "sigmoid", samples=3))
    session.step()
    path = tmp_path / "sent.bpstep"
    path.write_text("".join(f"{line}\n" for line in session_lines(session)))
    assert same(session, reopened(path, tmp_path / "mine").session) == []


def test_only_a_large_one_is_large():
    assert not any(is_large(builtin.open_network(name)) for name in builtin.network_names())
    assert is_large(network((784, 128, 10)))


CHANGES = {
    "learning_rate": 0.02,
    "loss": "squared_error",
    "reduction": "mean",
    "optimizer": "momentum",
    "optimizer_options": {"momentum": 0.5},
    "update_biases": True,
    "update_order": "immediate",
    "derivation": "matrix",
    "batch_size": 1,
    "shuffle": True,
    "seed": 5,
    "program": {"delta_Y": "labelY - Y"},
    "inputs": np.array([[0.4, 0.6]]),
    "labels": np.array([[0.5]]),
    "layers": (article().layers[0], Layer(article().layers[1].weights, None, "sigmoid")),
}


@pytest.mark.parametrize("name", CHANGES)
def test_any_difference_makes_another_digest(name):
    assert digest(replace(article(), **{name: CHANGES[name]})) != digest(article())


def test_names_and_paths_make_no_difference():
    same_one = replace(
        article(), name="other", path=Path("x"), title="t", warnings=("w",), published_values=()
    )
    assert digest(same_one) == digest(article())


def test_any_number_or_choice_that_is_another_one_gives_another_digest():
    base = network((2, 3, 1), optimizer="momentum", held_out=HeldOut(np.ones((1, 2)), np.ones((1, 1))))
    first, last = base.layers
    others = {
        "a weight": {"layers": (replace(first, weights=first.weights + 1), last)},
        "a bias": {"layers": (replace(first, bias=first.bias + 1), last)},
        "no bias": {"layers": (replace(first, bias=None), last)},
        "an activation": {"layers": (replace(first, activation="relu"), last)},
        "the inputs": {"inputs": base.inputs + 1},
        "the labels": {"labels": base.labels + 1},
        "inputs held out": {"held_out": HeldOut(np.zeros((1, 2)), np.ones((1, 1)))},
        "labels held out": {"held_out": HeldOut(np.ones((1, 2)), np.zeros((1, 1)))},
        "nothing held out": {"held_out": None},
        "the rate": {"learning_rate": 0.2},
        "the loss": {"loss": "squared_error"},
        "the reduction": {"reduction": "mean"},
        "the optimizer": {"optimizer": "nesterov"},
        "its options": {"optimizer_options": {"momentum": 0.5}},
        "biases held": {"update_biases": False},
        "the order": {"update_order": "immediate"},
        "the derivation": {"derivation": "rows"},
        "the batch": {"batch_size": 2},
        "shuffled": {"shuffle": True},
        "the seed": {"seed": 1},
        "another order of samples": {"shuffle_seed": 0},
        "one more": {"shuffle_seed": 1},
        "a rate that falls": {"schedule": Schedule("step", {"every": 2.0})},
        "a slower one": {"schedule": Schedule("step", {"every": 3.0})},
        "another fall": {"schedule": Schedule("cosine", {"every": 2.0})},
        "a penalty": {"l2": 0.5},
        "an equation": {"program": {"delta_Y": "Y"}},
    }
    found = {what: digest(replace(base, **other)) for what, other in others.items()}
    assert len({digest(base), *found.values()}) == 1 + len(others)
    assert digest(replace(base, name="other", title="Another")) == digest(base)


def test_a_network_is_large_beyond_a_hundred_thousand_numbers():
    made = network((2, 3, 1))
    cells = made.inputs.size + made.labels.size + 2 * 3 + 3 * 1
    for beyond in (0, 1):
        count = 100_000 - cells + beyond
        tests = HeldOut(np.ones((count, 1)), np.ones((0, 1)))
        assert is_large(replace(made, held_out=tests)) is bool(beyond)
