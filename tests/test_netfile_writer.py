"""A network written as a file and read again is the same network, to the last bit."""

import dataclasses
import itertools
import tomllib
from pathlib import Path

import numpy as np
import pytest
from chance import examples
from hypothesis import given
from hypothesis import strategies as st
from make_networks import article, differing, network, with_options
from small_networks import OPTIONS

from bpstep.engine.edits import EditEquation
from bpstep.lang.activations import ACTIVATIONS
from bpstep.model.losses import LOSSES
from bpstep.model.network import Layer, Network, PublishedValue
from bpstep.netfile import builtin
from bpstep.netfile.reader import read_network, read_network_text
from bpstep.netfile.writer import network_text
from bpstep.session.as_network import network_at, omitted_edits
from bpstep.session.session import Session
from bpstep.text import is_plain

HERE = Path("somewhere.toml")
ELSEWHERE = {"name", "path", "layers", "inputs", "labels", "expects"}


def facts(made):
    """All that a network is, its name and file apart: arrays by their bytes, numbers by their text."""
    plain = {
        field.name: getattr(made, field.name)
        for field in dataclasses.fields(made)
        if field.name not in {*ELSEWHERE, "forward", "held_out"}
    }
    arrays = [made.inputs, made.labels]
    if made.held_out is not None:
        arrays += [made.held_out.inputs, made.held_out.labels]
    if made.forward is not None:
        parts = (made.forward.data, made.forward.constants, made.forward.parameters)
        plain["forward"] = [made.forward.equations, *map(list, parts)]
        arrays += [np.asarray(value) for part in parts for value in part.values()]
    for layer in made.layers:
        arrays += [layer.weights, np.array(np.nan) if layer.bias is None else layer.bias]
    return {
        **plain,
        "arrays": [(array.shape, array.tobytes()) for array in arrays],
        "activations": [layer.activation for layer in made.layers],
        "learning_rate": repr(made.learning_rate),
        "optimizer_options": {key: repr(value) for key, value in made.optimizer_options.items()},
        "published_values": [dataclasses.replace(expect, line=None) for expect in made.published_values],
    }


@pytest.mark.parametrize("name", builtin.network_names())
def test_a_built_in_network_reads_back_to_the_last_bit(name, tmp_path):
    made = builtin.open_network(name)
    path = tmp_path / "written.toml"
    path.write_text(network_text(made), encoding="utf-8")
    again = read_network(path)
    assert facts(again) == facts(made)
    assert again.name == "written"
    one, other = Session(made), Session(again)
    for session in (one, other):
        session.goto("i3")
    assert differing(one.frame.tensors, other.frame.tensors) == []


# Numbers of every size, those among them whose last bit is easily lost.
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(max_size=40).filter(is_plain)


def arrays(*shape):
    count = int(np.prod(shape))
    return st.lists(NUMBERS, min_size=count, max_size=count).map(lambda drawn: np.array(drawn).reshape(shape))


@st.composite
def networks(draw):
    sizes = draw(st.lists(st.integers(1, 3), min_size=2, max_size=4))
    samples = draw(st.integers(1, 4))
    activations = [name for name in ACTIVATIONS if name != "softmax"]
    layers = tuple(
        Layer(
            draw(arrays(inputs, units)),
            draw(st.none() | arrays(units)),
            draw(st.sampled_from(activations if at < len(sizes) - 2 else list(ACTIVATIONS))),
        )
        for at, (inputs, units) in enumerate(itertools.pairwise(sizes))
    )
    optimizer = draw(st.sampled_from(["sgd", *OPTIONS]))
    options = {
        key: draw(st.floats(0, 1, exclude_min=True, exclude_max=True)) for key in OPTIONS.get(optimizer, ())
    }
    expects = st.builds(
        PublishedValue,
        st.sampled_from(["i0:E", "12", "backward"]),
        st.just("E"),
        NUMBERS,
        st.integers(0, 15),
        TEXTS,
    )
    return Network(
        name="drawn",
        layers=layers,
        inputs=draw(arrays(samples, sizes[0])),
        labels=draw(arrays(samples, sizes[-1])),
        learning_rate=draw(st.floats(0, 1e300)),
        loss=draw(st.sampled_from(sorted(LOSSES))),
        title=draw(TEXTS),
        reduction=draw(st.sampled_from(["sum", "mean"])),
        optimizer=optimizer,
        optimizer_options=options,
        update_biases=draw(st.booleans()),
        update_order=draw(st.sampled_from(["after", "immediate"])),
        batch_size=draw(st.integers(0, samples)),
        shuffle=draw(st.booleans()),
        seed=draw(st.integers(0, 2**63 - 1)),
        program=draw(st.dictionaries(st.sampled_from(["net_1", "delta_Y"]), st.just("0.5 * Y.T + 1"))),
        published_values=tuple(draw(st.lists(expects, max_size=2))),
    )


@examples(60)
@given(networks())
def test_any_network_reads_back_to_the_last_bit(made):
    # Whether an equation holds is the derivation's business.
    kept = dict(made.program)
    made = dataclasses.replace(made, program={})
    text = network_text(made)
    again = read_network_text(text, HERE)
    assert facts(dataclasses.replace(again, warnings=())) == facts(made)
    assert tomllib.loads(network_text(dataclasses.replace(made, program=kept))).get("program", {}) == kept


@pytest.mark.parametrize(
    "title",
    [
        'say "net"',
        "back\\slash",
        "\\n is no line",
        "'''",
        '"""',
        "δ ≠ ∂, 网络, 🙂",
        "# no comment",
        " blanks ",
        "[x]",
    ],
)
def test_any_title_of_one_line_reads_back(title):
    assert read_network_text(network_text(article(title=title)), HERE).title == title


@pytest.mark.parametrize("title", ["two\nlines", "\x1b[31mred", "\ud800", "tab\there", "\u202eback"])
def test_a_title_that_no_file_may_have_is_written_with_escapes(title):
    again = read_network_text(network_text(article(title=title)), HERE)
    assert is_plain(again.title)
    assert again.title.isprintable()


def test_the_file_is_read_by_people_too():
    lines = network_text(article(title="Short")).splitlines()
    assert lines[0] == 'title = "Short"'
    assert "weights = [[0.1, 0.3, 0.5], [0.2, 0.4, 0.6]]" in lines
    wide = network_text(network((30, 2, 1), samples=2)).splitlines()
    assert wide[wide.index("inputs = [") + 3] == "]"
    assert "bias = false" in network_text(network(bias=False))


# The network of a session


def edited(made, *edits):
    session = Session(made)
    for where, name, index, value in edits:
        session.goto(where)
        session.edit(name, index, value)
    return session


def tensors(made, where):
    session = Session(made)
    session.goto(where)
    return session.frame.tensors


def test_the_edits_made_at_the_start_are_initial_values():
    made = network(samples=4, batch_size=3, shuffle=True, optimizer="adam", update_biases=False)
    session = edited(
        made,
        ("0", "W", (0, 1), 0.1 + 0.2),
        ("0", "B2", (0,), -7.5),
        ("0", "X", (1, 0), 1e-300),
        ("0", "labelY", (2, 0), 0.25),
        ("0", "learning_rate", (), 0.5),
        ("0", "beta1", (), 0.75),
    )
    again = read_network_text(network_text(network_at(session)), HERE)
    for where in ("0", "i0", "i5:delta_V"):
        session.goto(where)
        assert differing(session.frame.tensors, tensors(again, where)) == []
    assert made.layers[0].weights[0, 1] != again.layers[0].weights[0, 1]
    assert omitted_edits(session) == ()


def test_the_equations_are_those_in_force_in_the_iteration_that_is_shown():
    session = Session(network(program={"delta_Y": "Y"}))
    start = session.period
    for at, name, source in (
        (start, "E", "sum(Y)"),
        (2 * start, "delta_Y", "Y - labelY"),
        (3 * start, "H", "net_1"),
    ):
        session.record(EditEquation(at, name, source))
    found = []
    for where in ("i0:E", "i1:E", "i2:E", "i3:E"):
        session.goto(where)
        found.append(dict(network_at(session).program))
    assert found == [
        {"delta_Y": "Y"},
        {"delta_Y": "Y", "E": "sum(Y)"},
        {"E": "sum(Y)"},
        {"E": "sum(Y)", "H": "net_1"},
    ]


def test_what_no_file_can_hold_is_named():
    made = with_options(network(samples=4, optimizer="momentum"))
    session = edited(
        made,
        ("0", "velocity_V", (0, 0), 1.0),
        ("H", "H", (0, 1), 0.5),
        ("i1", "V", (0, 0), 2.0),
        ("i1:H", "learning_rate", (), 2.0),
        ("0", "W", (0, 0), 2.0),
    )
    session.record(EditEquation(3 * session.period, "E", "sum(Y)"))
    session.goto("i1:E")
    assert omitted_edits(session) == ("velocity_V[0,0]", "H[0,1]", "V[0,0]", "learning_rate", "equation E")
    session.goto("i3:E")
    assert "equation E" not in omitted_edits(session)


def test_published_values_stay_as_long_as_nothing_differs():
    made = builtin.open_network("article-as-printed")
    session = Session(made)
    assert network_at(session).published_values == made.published_values
    session.edit("W", (0, 0), 0.5)
    assert network_at(session).published_values == ()
    session.undo()
    session.record(EditEquation(0, "delta_Y", "Y - labelY"))
    session.goto(0)
    assert network_at(session).published_values == ()
    assert network_at(session).program == {}


def test_a_puzzle_is_written_with_its_equations():
    made = network(program={"delta_Y": "labelY - Y"}, puzzle=True)
    session = Session(made)
    assert network_at(session).program == {"delta_Y": "labelY - Y"}
    session.record(EditEquation(0, "delta_Y", "Y - labelY"))
    session.goto(0)
    assert network_at(session).program == {}
