"""The diagram of the network: cards, edges with their signs, highlights, the numbers beside edges."""

import re

import numpy as np
import pytest
from debugger_driver import controller
from make_networks import network

from bpstep.model.network import Layer, Network
from bpstep.netfile.builtin import open_network
from bpstep.program.diagram import Edge, Node
from bpstep.render.mlp.diagram import draw_diagram
from bpstep.render.mlp.edges import _SeparateLines
from bpstep.render.theme import Theme
from bpstep.render.view_state import View, is_cell
from bpstep.session.session import Session

SMALL, LARGE = (38, 11), (76, 20)


def picture(made, size=SMALL, view=None, **theme):
    return draw_diagram(made.frame, view or View(), Theme(**theme), *size)


def roles(canvas, target):
    """The roles of the cells that stand for a unit or an edge and are not covered by others."""
    found = [(hit.x + k, hit.y) for hit in canvas.hits if hit.target == target for k in range(hit.width)]
    return {canvas.roles[y][x].partition(" on ")[0] for x, y in found if canvas.target_at(x, y) == target}


def text(canvas, target):
    """The lines of a card."""
    hits = [hit for hit in canvas.hits if hit.target == target]
    return ["".join(canvas.characters[hit.y][hit.x : hit.x + hit.width]) for hit in hits]


def signs(canvas, first, end):
    """The signs of weights between two columns."""
    cells = [character for line in canvas.characters for character in line[first:end]]
    return sorted(character for character in cells if character in "+−-0?")


def weighted(weights, **more):
    """One layer with these weights."""
    weights = np.array(weights, float)
    layer = Layer(weights, None, "identity")
    given = {"name": "w", "learning_rate": 0.1, "loss": "half_squared_error", **more}
    inputs = np.ones((1, len(weights)))
    return Network(layers=(layer,), inputs=inputs, labels=np.ones((1, weights.shape[1])), **given)


# Cards


def test_a_card_holds_a_units_name_its_output_and_its_net_input():
    canvas = picture(controller(at="Y").session)
    assert text(canvas, ("place", Node(0, 1))) == [" x2    ", " 0.5000"]
    assert text(canvas, ("place", Node(1, 2))) == [" h3     ", "  0.6900", "Σ 0.8000"]
    assert text(canvas, ("place", Node(2, 0))) == [" y      ", "  0.6197", "Σ 0.4884"]


def test_what_is_not_computed_is_a_dot_on_its_card():
    canvas = picture(controller(at="net_1").session)
    assert [line.strip() for line in text(canvas, ("place", Node(1, 0)))] == ["h1", "·", "Σ 0.2400"]


def test_going_back_a_card_shows_what_flows_back_and_says_what_kind_it_is():
    made = controller(at="delta_Y").session
    assert text(picture(made), ("place", Node(2, 0)))[2] == "∂-0.3803"
    made.goto("delta_Y_net2")
    assert text(picture(made), ("place", Node(2, 0)))[2] == "′ 0.2357"
    made.goto("delta_H_net1")
    assert text(picture(made), ("place", Node(1, 1)))[2] == "′ 0.2338"


def test_a_number_that_is_0_but_for_rounding_is_so_on_its_card_and_in_the_heading(tmp_path):
    file = tmp_path / "centred.toml"
    file.write_text(_CENTRED)
    made = controller(open_network(str(file)), at="rest")
    assert 0 < abs(made.session.frame.tensors["rest"][0]) < 1e-15
    card = "place", Node(1, 0)
    assert text(picture(made.session), card)[-1].split() == ["≈0"]
    assert "e-1" in text(picture(made.session, format_index=2), card)[-1]
    heading = next(line for line in made.draw().text().splitlines() if "formula" in line)
    assert heading.endswith("rest[0] h1  ≈0 ─")
    made.session.edit("rest", (0,), -1e-17)
    assert "-1e-17" in text(picture(made.session), card)[-1]


_CENTRED = """
title = "What is left of the mean after it is subtracted"
learning_rate = 0.1

[data]
X = [[0.1, 0.7], [0.3, -0.2], [0.6, 0.5]]
labels = [[1.0], [0.0], [1.0]]

[parameters]
W = [[0.1, 0.3], [0.7, -0.2]]
V = [[0.4], [-0.3]]

[program]
forward = '''
net = X @ W
centred = net - mean(net, axis=0)
rest = mean(centred, axis=0)
H = tanh(centred + rest)
Y = H @ V
E = mean((Y - labels)**2)
'''
"""


@pytest.mark.parametrize(
    ("step", "gradient"),
    [
        ("delta_bn", "∂-0.0046"), ("delta_net1", "∂-0.0036"),
        # A parameter's gradient, a statistic's and a part of a gradient are not the unit's.
        ("delta_gamma", "∂-0.0046"), ("delta_var", "∂-0.0046"), ("delta_net1_via_var", "  5.9536"),
    ],
)  # fmt: skip
def test_a_card_shows_gradients_of_its_unit_alone(step, gradient):
    assert text(picture(controller("batchnorm", at=step).session), ("place", Node(1, 0)))[-1] == gradient


def test_the_target_and_the_loss_stand_below_the_output():
    lines = picture(controller(at="E").session).text().splitlines()
    assert [lines[y][30:].strip() for y in (7, 8, 10)] == ["labelY", "1.0000", "E 0.0723"]
    several = picture(controller("mazur", "E").session).text().splitlines()
    assert several[-1].strip() == "E 0.2984"


def test_cards_show_the_selected_sample():
    made = controller("xor", "Y").session
    values = made.frame.tensors["Y"][:, 0]
    for sample in range(4):
        canvas = picture(made, view=View().select("Y", (sample, 0)))
        assert text(canvas, ("place", Node(2, 0)))[1].strip() == f"{values[sample]:.4f}"


def test_a_number_that_is_not_finite_is_an_alert():
    made = Session(network((2, 2, 1), "identity", learning_rate=1e300))
    made.goto("i2:net_1")
    assert "alert" in roles(picture(made), ("place", Node(1, 1)))


def test_more_units_than_lines_are_folded_around_the_selected_one_and_counted():
    made = Session(network((2, 40, 1), samples=1))
    made.goto("net_1")
    lines = picture(made).text().splitlines()
    assert "⋮ +31" in lines[-1]
    far = picture(made, view=View().select("net_1", (0, 20)))
    shown = {
        hit.target[1].unit for hit in far.hits if isinstance(hit.target[1], Node) and hit.target[1].layer == 1
    }
    assert 20 in shown
    assert len(shown) == 9
    above, below = min(shown), 39 - max(shown)
    assert f"⋮ +{above}" in far.text().splitlines()[0]
    assert f"⋮ +{below}" in far.text().splitlines()[-1]


def test_of_a_deep_network_the_layers_around_the_step_are_shown():
    made = controller("deep").session
    for at, layers in (("net_1", {0, 1}), ("net_4", {3, 4}), ("delta_W2", {1, 2})):
        made.goto(f"i0:{at}")
        canvas = picture(made)
        assert layers <= {hit.target[1].layer for hit in canvas.hits if isinstance(hit.target[1], Node)}


# Edges


@pytest.mark.parametrize("size", [SMALL, LARGE, (60, 8), (120, 40)])
@pytest.mark.parametrize("ascii", [False, True])
def test_each_of_the_nine_weights_has_its_sign(size, ascii):
    made = controller().session
    for name, index in (("W", (0, 1)), ("W", (1, 2)), ("V", (1, 0))):
        made.edit(name, index, -0.4)
    canvas = picture(made, size, ascii=ascii)
    columns = sorted({hit.x for hit in canvas.hits if isinstance(hit.target[1], Node)})
    lines = [line[7 : columns[1]] + line[columns[1] + 8 : columns[2]] for line in canvas.characters]
    shown = "".join("".join(line) for line in lines)
    if ascii:
        # Where a line is drawn with these characters, too, only the pluses can be counted.
        assert shown.count("+") == 6
    else:
        assert (shown.count("+"), shown.count("−")) == (6, 3)


def test_the_sign_of_zero_and_of_what_is_no_number_is_its_own():
    made = Session(weighted([[0.0], [0.5]]))
    assert signs(picture(made), 7, 30) == ["+", "0"]
    made.timeline.iteration(0).start["W1"] = np.array([[np.nan], [-1.0]])
    made.__dict__.pop("frame", None)
    assert signs(picture(made), 7, 30) == ["?", "−"]


def test_a_negative_weight_is_dashed_and_a_heavy_one_is_thick():
    def dots(weight):
        canvas = picture(Session(weighted([[weight], [1.0]])), (60, 11))
        hits = {(hit.x, hit.y) for hit in canvas.hits if hit.target == ("place", Edge(1, 0, 0))}
        cells = [
            canvas.characters[y][x] for x, y in hits if canvas.target_at(x, y) == ("place", Edge(1, 0, 0))
        ]
        return sum((ord(character) - 0x2800).bit_count() for character in cells if ord(character) >= 0x2800)

    assert dots(0.1) < dots(0.5) < dots(1.0)
    assert dots(-1.0) < 0.8 * dots(1.0)
    assert "minus" in roles(picture(Session(weighted([[-1.0], [1.0]]))), ("place", Edge(1, 0, 0)))


def test_the_edges_that_a_step_reads_or_writes_are_lit_and_have_arrowheads():
    for at, role, head in (("net_1", "read", "▸"), ("delta_w2", "write", "◂")):
        canvas = picture(controller(at=at).session, LARGE)
        lit = {
            Edge(1, source, target)
            for source in range(2)
            for target in range(3)
            if role in roles(canvas, ("place", Edge(1, source, target)))
        }
        sources = {0, 1} if at == "net_1" else {1}
        assert lit == {Edge(1, source, target) for source in sources for target in range(3)}
        assert head in canvas.text()


def test_without_a_step_nothing_is_lit():
    canvas = picture(controller().session, LARGE)
    assert not {"read", "write", "selected"} & {role for line in canvas.roles for role in line} - {"selected"}
    assert not {"▸", "◂"} & set(canvas.text())


def test_what_a_card_is_lit_for_is_seen_without_its_own_line():
    # A bias has no line of its own on a card: its name is lit.
    made = Session(network((2, 2, 1), samples=1))
    made.goto("B1")
    assert "write" in roles(picture(made), ("place", Node(1, 1)))


# Numbers beside edges


def labels(canvas):
    """The numbers that stand for edges."""
    found = {}
    for hit in canvas.hits:
        if isinstance(hit.target[1], Edge) and hit.width > 1:
            found[hit.target[1]] = "".join(canvas.characters[hit.y][hit.x : hit.x + hit.width])
    return found


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_a_gradient_of_few_weights_stands_beside_each_of_them(size):
    made = controller(at="delta_V").session
    assert labels(picture(made, size)) == {
        Edge(2, 0, 0): "-0.0502",
        Edge(2, 1, 0): "-0.0562",
        Edge(2, 2, 0): "-0.0618",
    }


@pytest.mark.parametrize("n", [8, 9, 12, 14, 15, 16])
@pytest.mark.parametrize("size", [SMALL, LARGE, (60, 8)])
def test_the_selected_edge_always_has_its_number(n, size):
    made = controller(at=str(n)).session
    canvas = picture(made, size)
    step, layer = made.frame.step, 1 if n in (12, 14, 16) else 2
    edge = Edge(layer, 1 if n == 14 else 0, 0)
    value = float(np.ravel(made.frame.tensors[step.name])[0])
    if step.phase == "update":
        before = float(np.ravel(made.frame.before[step.name])[0])
        assert labels(canvas)[edge].startswith("+")
        assert float(labels(canvas)[edge]) == pytest.approx(value - before, rel=0.1)
    else:
        assert labels(canvas)[edge] == f"{value:.4f}"


def test_any_selected_edge_has_the_number_of_the_selected_cell():
    made = controller(at="4").session
    for source in range(2):
        for target in range(3):
            view = View(focus="network").select("W", (source, target))
            found = labels(picture(made, view=view))
            assert found[Edge(1, source, target)] == f"{made.frame.tensors['W'][source, target]:.4f}"


def test_a_number_too_long_for_the_gap_is_written_shorter():
    for format_at in (1, 2, 3):
        assert (
            labels(picture(controller(at="delta_V").session, format_index=format_at))[Edge(2, 0, 0)]
            == "-0.0502"
        )


@pytest.mark.parametrize("n", range(17))
@pytest.mark.parametrize("size", [SMALL, LARGE, (60, 8)])
def test_no_number_runs_into_another_or_into_a_word(n, size):
    for line in picture(controller(at=str(n)).session, size).text().splitlines():
        for number in re.finditer(r"[+-]?\d+\.\d+(?:e-?\d+)?", line):
            assert not re.match(r"[\w+−-]", line[number.end() :]), line
            assert not re.search(r"[\w.]$", line[: number.start()]), line


# More edges than can be told apart


def drawn_edges(made, size=SMALL, view=None, **theme):
    canvas = picture(made, size, view, **theme)
    return canvas, {hit.target[1] for hit in canvas.hits if isinstance(hit.target[1], Edge)}


def test_where_edges_would_cover_each_other_those_of_the_selected_unit_and_the_strongest_are_drawn():
    made = Session(network((8, 9, 3), samples=1))
    made.goto("net_1")
    for unit in (0, 4, 8):
        _, edges = drawn_edges(made, (38, 18), View().select("net_1", (0, unit)))
        into = {edge for edge in edges if edge.layer == 1 and edge.target == unit}
        out = {edge for edge in edges if edge.layer == 2 and edge.source == unit}
        assert (len(into), len(out)) == (8, 3)
        assert len(edges) < 8 * 9 + 9 * 3


def test_the_strongest_edge_is_drawn_though_the_selection_is_elsewhere():
    made = Session(network((6, 6), samples=1))
    made.edit("W1", (2, 3), 5.0)
    _, edges = drawn_edges(made, (38, 18), View().select("W1", (0, 0)))
    assert Edge(1, 2, 3) in edges
    _, edges = drawn_edges(made, (38, 18), View().select("X", (0, 5)))
    assert Edge(1, 2, 3) in edges


def test_of_edges_that_are_not_the_selected_units_each_has_most_of_its_cells_for_itself():
    made = Session(network((8, 8), samples=1))
    canvas, edges = drawn_edges(made, (60, 20), View().select("X", (0, 0)))
    own = {edge: {(hit.x, hit.y) for hit in canvas.hits if hit.target == ("place", edge)} for edge in edges}
    for edge, cells in own.items():
        if edge.source == 0:
            continue
        seen = [cell for cell in cells if canvas.target_at(*cell) == ("place", edge)]
        assert len(seen) >= 0.5 * len(cells)


@pytest.mark.parametrize("ascii", [False, True])
def test_edges_that_are_not_drawn_are_counted(ascii):
    made = Session(network((3, 4, 2), samples=1))
    canvas, edges = drawn_edges(made, ascii=ascii)
    for layer, count in ((1, 12), (2, 8)):
        shown = sum(edge.layer == layer for edge in edges)
        assert shown < count
        assert f"{shown}/{count}" in canvas.text()
    large, edges = drawn_edges(made, LARGE, ascii=ascii)
    assert len(edges) == 20
    assert "/12" not in large.text()
    made = Session(network((8, 8), samples=1))
    canvas, edges = drawn_edges(made, LARGE, ascii=ascii)
    assert f"{len(edges)} of 64 edges" in canvas.text()


@pytest.mark.parametrize("width", [30, 33, 34])
def test_the_count_of_edges_is_beside_no_card_where_it_fills_the_gap(width):
    for line in picture(controller("penguins", "7").session, (width, 11)).text().splitlines():
        assert not re.search(r"[\w.…] ?\d+/\d+|\D/32", line[:20]), line


# Targets of several outputs


def test_each_of_several_outputs_has_its_target_on_its_card():
    made = controller("mazur", "E").session
    for size in (SMALL, LARGE):
        canvas = picture(made, size)
        for unit, target in enumerate(("0.0100", "0.9900")):
            lines = text(canvas, ("place", Node(2, unit)))
            assert lines[2] == f"→ {target}"
    assert text(picture(made, ascii=True), ("place", Node(2, 1)))[2] == "t 0.9900"


def test_where_a_card_has_no_line_for_it_a_target_stands_beside_the_name_if_it_is_short():
    made = controller("penguins", "E").session
    canvas = picture(made)
    labels = made.frame.tensors["labelY"][0]
    names = [text(canvas, ("place", Node(2, unit)))[0] for unit in range(3)]
    assert names == [f" {name}…→{labels[unit]:g}" for unit, name in enumerate(("adel", "chin", "gent"))]
    made.edit("labelY", (0, 1), 1 / 3)
    assert text(picture(made), ("place", Node(2, 1)))[0] == " chinst…"


def test_the_target_shown_is_that_of_the_selected_sample():
    made = controller("penguins", "E").session
    labels = made.frame.tensors["labelY"]
    sample = next(at for at, row in enumerate(labels) if not np.array_equal(row, labels[0]))
    canvas = picture(made, LARGE, View().select("Y", (sample, 0)))
    for unit in range(3):
        assert text(canvas, ("place", Node(2, unit)))[2].split() == ["→", f"{labels[sample, unit]:.4f}"]


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (58, ["bill_length", "bill_depth", "flipper_le…", "body_mass", "adelie", "chinstrap", "gentoo"]),
        (40, ["b…leng", "b…dept", "flipp…", "body_…", "adelie", "chinst…", "gentoo"]),
    ],
)
def test_cards_widen_for_the_names_of_the_data_where_the_edges_can_do_without(width, shown):
    made = controller("penguins", "Y").session
    canvas = picture(made, (width, 22), View())
    places = [Node(0, unit) for unit in range(4)] + [Node(2, unit) for unit in range(3)]
    assert [text(canvas, ("place", place))[0].strip() for place in places] == shown


def test_lines_are_apart_where_most_of_their_middle_is_their_own():
    def across(*rows):
        """A line of ten cells: the row of each half."""
        return {(x, rows[x >= 5]): "" for x in range(10)}

    lines = _SeparateLines(10)
    told = [(lines.are_apart, lines.can_be_followed)]
    for cells, is_kept in [
        (across(0, 0), True),
        (across(1, 1), True),
        (across(0, 1), False),  # no cell of its own
        (across(0, 2), False),  # half of it
        ({**across(2, 2), (2, 2): "", (2, 0): "", (3, 0): ""}, True),  # two of eight in the middle
        ({(0, 0): "", (1, 1): "", (8, 0): "", (9, 1): ""}, True),  # none in the middle
    ]:
        lines.add(cells)
        told.append((lines.are_apart, lines.can_be_followed))
        if not is_kept:
            lines.remove(cells)
    yes, no = (True, True), (False, False)
    assert told == [yes, yes, yes, no, (False, True), yes, yes]


@pytest.mark.parametrize(
    ("name", "index", "is_one"),
    [
        ("X", (0, 1), True),
        ("X", (4, 2), True),
        ("X", (5, 0), False),
        ("X", (0, 3), False),
        ("X", (0, -1), False),
        ("X", (0,), False),
        ("X", None, False),
        ("none", (0, 0), False),
        ("E", (), True),
    ],
)
def test_a_cell_is_one_if_its_tensor_has_it(name, index, is_one):
    assert is_cell(Session(network((3, 2, 1), samples=5)).frame, name, index) is is_one
