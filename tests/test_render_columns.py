"""A chain of layers by its forward pass, drawn as units: the parts of each layer by name below its column."""

from pathlib import Path

import pytest
from debugger_driver import controller
from test_program_chain import CHAINS

from bpstep.netfile.builtin import open_network
from bpstep.render.mlp.diagram import draw_diagram
from bpstep.render.screen import arrange_panes
from bpstep.render.theme import Theme
from bpstep.render.view_state import View, selection
from bpstep.session.session import Session
from bpstep.ui.input import handle_click, handle_key

PROGRAMS = Path(__file__).parent / "programs"

SIZES = [(38, 11), (74, 20), (30, 8)]


def labels(frame, size, **theme):
    """The names below the columns as (name, mark, role), as far as they are drawn."""
    canvas = draw_diagram(frame, View(), Theme(**theme), *size)
    found = []
    for hit in canvas.hits:
        if hit.target[0] == "tensor":
            text = "".join(canvas.characters[hit.y][hit.x : hit.x + hit.width])
            found.append((hit.target[1], text[0], canvas.roles[hit.y][hit.x + 1], text[1:]))
    return found


def owner(frame, name):
    role = frame.program.steps[frame.program.step_indices[name]].role
    return role.by or name


@pytest.mark.parametrize("name", CHAINS)
@pytest.mark.parametrize("size", SIZES)
def test_what_a_step_writes_is_marked_below_its_column(name, size):
    """Whatever room there is: the names scroll to it. Edges have no name there, they are lit themselves."""
    session = Session(open_network(str(PROGRAMS / f"{name}.toml")))
    diagram = session.frame.program.diagram
    named = {label for layer in diagram.layers for label in layer.labels} | set(diagram.tail)
    for _ in range(session.period):
        session.step(1)
        frame = session.frame
        written = [(label, text) for label, mark, _, text in labels(frame, size) if mark == "▶"]
        at = owner(frame, frame.step.name)
        if at in named:
            assert [label for label, _ in written] == [at]
            assert at.startswith(written[0][1].rstrip("…"))


def test_nothing_is_hidden_where_there_is_room():
    session = Session(open_network(str(PROGRAMS / "softmax_ce_unfused.toml")))
    drawn = {text for _, _, _, text in labels(session.frame, (74, 20))}
    assert {"net_1", "H", "logits", "biggest", "shifted", "counts", "total", "P", "logP", "E"} <= drawn


def test_in_ascii_the_marks_are_ascii():
    session = Session(open_network(str(PROGRAMS / "batchnorm_mlp.toml")))
    session.goto("i0:xhat")
    marks = {name: mark for name, mark, _, _ in labels(session.frame, SIZES[0], ascii=True)}
    assert marks["xhat"] == ">"
    assert marks["mu"] == marks["var"] == marks["net_1"] == "<"
    assert draw_diagram(session.frame, View(), Theme(ascii=True), *SIZES[0]).text().isascii()


def test_a_network_of_layers_has_no_names_below_its_columns():
    """Its tensors have the usual names."""
    assert not labels(Session(open_network("article")).frame, SIZES[0])


def person_at(at):
    person = controller(open_network(str(PROGRAMS / "batchnorm_mlp.toml")), at)
    person.size = (80, 24)
    return person


def network_lines(person):
    layout = arrange_panes(person.frame, person.view, person.theme, *person.size)
    region = layout.panes["network"]
    return [line[: region.width] for line in person.draw().text().splitlines()[region.y :][: region.height]]


def test_the_units_show_the_part_that_the_step_is_about():
    person = person_at("i0:xhat")
    xhat = person.frame.tensors["xhat"][0]
    assert all(any(person.theme.number(value) in line for line in network_lines(person)) for value in xhat)
    handle_key(person, "n")
    handle_key(person, "n")
    assert person.frame.step.name == "H"
    outputs = person.frame.tensors["H"][0]
    assert all(any(person.theme.number(value) in line for line in network_lines(person)) for value in outputs)


def test_a_card_shows_below_the_output_what_its_activation_is_applied_to():
    made = controller("batchnorm", at="E").session
    text = draw_diagram(made.frame, View(), Theme(), 74, 20).text()
    argument, net = (made.frame.tensors[name][0, 0] for name in ("bn", "net_1"))
    assert f"{argument:.4f}" in text
    assert f"{net:.4f}" not in text


def test_clicks_and_arrows_choose_parts_units_and_weights():
    person = person_at("i0:bn")
    canvas = person.draw()
    hit = next(hit for hit in canvas.hits if hit.target == ("tensor", "gamma", "gamma"))
    handle_click(person, canvas.target_at(hit.x + 1, hit.y), double=False)
    assert selection(person.frame, person.view).name == "gamma"
    assert person.view.focus == "network"
    handle_key(person, "right")
    assert selection(person.frame, person.view).name == "V"
    handle_key(person, "right")
    assert selection(person.frame, person.view).place.layer == 2


def test_the_formulas_title_has_the_gradient_of_the_selected_unit():
    person = person_at("i0:delta_mu")
    person.view = person.view.select("mu", (0, 2))
    gradient = person.frame.tensors["delta_mu"][0, 2]
    assert "mu[0,2] h3" in person.draw().text()
    assert f"∂E {person.theme.number(gradient)}" in person.draw().text()
