"""The plane of inputs: what it shows, against the network by hand, and how it opens, moves and closes."""

from dataclasses import replace

import numpy as np
import pytest
from debugger_driver import controller

from bpstep.netfile.builtin import open_network
from bpstep.netfile.reader import read_network
from bpstep.program.derive import derive_program
from bpstep.render.plane import draw_plane, plane_title, sample_signs
from bpstep.render.theme import Theme
from bpstep.render.view_state import View
from bpstep.session import plane
from bpstep.session.origin import open_script_file
from bpstep.session.plane import has_plane, outputs_over_plane, plane_range, samples
from bpstep.session.session import Session
from bpstep.ui.compose import make_controller
from bpstep.ui.input import handle_key

SIZE = (40, 12)

ASCII = Theme(ascii=True)


def at(network, position):
    session = Session(open_network(network) if isinstance(network, str) else network)
    session.goto(position)
    return session


def opens(network):
    """Whether a network has a plane."""
    return has_plane(network, derive_program(network))


def press(person, keys):
    for key in keys:
        handle_key(person, key)
        while person.job is not None:
            person.advance_job()


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def xor_by_hand(tensors, x, y):
    """The output of `xor` for one point."""
    hidden = np.tanh(np.array([x, y]) @ tensors["W"] + tensors["B1"])
    return sigmoid(hidden @ tensors["V"] + tensors["B2"]).item()


def test_each_cell_has_the_output_at_its_centre():
    frame = at("xor", "i60:W").frame
    found = outputs_over_plane(frame, 5, 4)
    assert (found.low, found.high) == (pytest.approx((-0.15, -0.15)), pytest.approx((1.15, 1.15)))
    assert found.outputs.shape == (4, 5, 1)
    for row in range(4):
        for column in range(5):
            x, y = -0.15 + 1.3 * (column + 0.5) / 5, 1.15 - 1.3 * (row + 0.5) / 4
            assert found.outputs[row, column, 0] == pytest.approx(xor_by_hand(frame.tensors, x, y), abs=1e-12)


@pytest.mark.parametrize(("network", "outputs"), [("article", 1), ("mazur", 2), ("deep", 1)])
def test_a_sample_in_the_middle_of_a_cell_has_its_own_output(network, outputs):
    session = at(network, "Y")
    frame = session.frame
    found = outputs_over_plane(frame, 3001, 1)
    point = np.atleast_2d(frame.tensors["X"])[0]
    # One row: its centre is the middle of the second input's range.
    (left, bottom), (right, top) = plane_range(frame)
    session.edit("X", (1,) if np.ndim(frame.tensors["X"]) == 1 else (0, 1), (bottom + top) / 2)
    column = int((point[0] - left) / (right - left) * 3001)
    assert found.outputs.shape == (1, 3001, outputs)
    own = np.atleast_2d(session.frame.tensors["Y"])[0]
    assert found.outputs[0, column] == pytest.approx(own, abs=2e-3)


def test_a_point_is_in_the_cell_that_holds_it():
    found = outputs_over_plane(at("xor", "0").frame, 10, 10)
    assert found.cell(np.array([0.0, 0.0])) == (8, 1)
    assert found.cell(np.array([1.0, 1.0])) == (1, 8)
    assert found.cell(np.array([-0.15, 1.15])) == (0, 0)
    assert found.cell(np.array([1.15, -0.15])) == (9, 9)
    assert found.cell(np.array([2.0, 0.0])) is None
    assert found.cell(np.array([np.nan, 0.0])) is None


def test_an_edit_of_a_weight_or_a_sample_changes_the_plane():
    session = at("xor", "i3")
    before = outputs_over_plane(session.frame, 8, 8)
    session.edit("W", (0, 0), 5.0)
    after = outputs_over_plane(session.frame, 8, 8)
    assert not np.array_equal(before.outputs, after.outputs)
    session.goto("i4:net_1")
    session.edit("X", (1, 0), 3.0)
    assert samples(session.frame)[0].tolist() == [[0, 0], [3, 1], [1, 0], [1, 1]]
    assert plane_range(session.frame)[1][0] == pytest.approx(3.45)
    assert open_network("xor").inputs[1, 0] == 0


def test_a_single_sample_that_is_a_vector_can_be_edited():
    session = at("article", "0")
    session.edit("X", (1,), 0.75)
    assert samples(session.frame)[0].tolist() == [[0.4, 0.75]]


def test_the_plane_is_computed_only_where_a_parameter_has_changed(monkeypatch):
    computed = []
    compute = plane._compute
    monkeypatch.setattr(plane, "_compute", lambda *given: computed.append(given) or compute(*given))
    session = at("deep", "i2")
    parameters = session.program.parameters
    for _ in range(session.period):
        session.step(1)
        draw_plane(session.frame, View(), Theme(), *SIZE)
    # Once at the start, and after each equation that writes a parameter.
    assert len(computed) <= 1 + len(parameters)


def test_equations_for_one_size_of_batch_have_no_plane():
    network = open_network("xor")
    session = at(replace(network, program={"net_1": "X @ W + B1 + labelY"}), "i1")
    assert outputs_over_plane(session.frame, 4, 4) is None
    shown = draw_plane(session.frame, View(), Theme(), 60, 8).text()
    assert shown.startswith(" these equations run on one size of batch only")


@pytest.mark.parametrize(
    ("height", "legend"),
    [(10, [" x1 -0.15..1.15"]), (11, [" x1 -0.15..1.15  x2 -...", " O >=0.5  x <0.5"])],
)
def test_the_legend_has_a_second_line_where_the_pane_is_high(height, legend):
    lines = draw_plane(at("xor", "i1").frame, View(), ASCII, 24, height).text().splitlines()
    assert len(lines) == height
    assert [line.rstrip() for line in lines[-len(legend) :]] == legend
    assert {*lines[-len(legend) - 1].strip()} <= {*"-=+#Oxo.:*%@ "}


def signs(canvas, theme):
    """The cells of each sign of a sample; what explains them below the plane takes two lines of many."""
    lines = canvas.height - (2 if canvas.height > 10 else 1)
    places = [(x, y) for y in range(lines) for x in range(canvas.width)]
    return {
        sign: sorted((x, y) for x, y in places if canvas.characters[y][x] == sign)
        for sign in sample_signs(theme)
    }


@pytest.mark.parametrize(
    "theme", [Theme(), Theme("light"), Theme(depth="sixteen"), Theme(depth="none"), ASCII]
)
def test_every_sample_has_a_sign_by_its_label_where_it_is(theme):
    frame = at("xor", "i60").frame
    found = signs(draw_plane(frame, View(), theme, 20, 12), theme)
    above, below, both = found.values()
    # 20 columns and 10 lines; the inputs go from -0.15 to 1.15.
    assert above == [(2, 1), (17, 8)]
    assert below == [(2, 8), (17, 1)]
    assert both == []


def test_samples_of_both_kinds_in_one_cell_have_a_sign_of_their_own():
    frame = at("xor", "0").frame
    found = signs(draw_plane(frame, View(), ASCII, 2, 2), ASCII)
    assert found["&"] == [(0, 0), (1, 0)]


@pytest.mark.parametrize(
    ("theme", "shades"),
    [
        (ASCII, {"above": set(".:+#"), "below": set("-~=%")}),
        (Theme(depth="none"), {"above": set(".:+#"), "below": set("-~=%")}),
    ],
)
def test_without_colour_the_side_of_the_middle_is_in_the_characters(theme, shades):
    frame = at("xor", "i400").frame
    canvas = draw_plane(frame, View(), theme, 20, 12)
    values = outputs_over_plane(frame, 20, 10).outputs[:, :, 0]
    for y in range(10):
        for x in range(20):
            character = canvas.characters[y][x]
            if character in shades["above"]:
                assert values[y, x] > 0.5
            if character in shades["below"]:
                assert values[y, x] < 0.5
    drawn = set("".join(map("".join, canvas.characters[:10])))
    assert shades["above"] <= drawn
    assert shades["below"] <= drawn


def test_in_sixteen_colours_the_side_is_a_colour():
    frame = at("xor", "i400").frame
    canvas = draw_plane(frame, View(), Theme(depth="sixteen"), 20, 12)
    values = outputs_over_plane(frame, 20, 10).outputs[:, :, 0]
    for y in range(10):
        for x in range(20):
            if canvas.roles[y][x] in ("plus", "minus") and canvas.characters[y][x] != " ":
                assert (canvas.roles[y][x] == "plus") == (values[y, x] > 0.5)


def test_an_output_of_nan_is_an_alert():
    session = at("xor", "i1")
    session.edit("B2", (0,), 1e308)
    frame = replace(session.frame, tensors={**session.frame.tensors, "B2": np.array([np.nan])})
    canvas = draw_plane(frame, View(), ASCII, 20, 12)
    assert canvas.characters[5][10] == "?"
    assert canvas.roles[5][10] == "alert"


def test_the_selected_sample_is_marked():
    frame = at("xor", "Y").frame
    canvas = draw_plane(frame, View().select("Y", (1, 0)), Theme(), 20, 12)
    assert canvas.roles[1][2] == "selected"
    assert sum(role == "selected" for line in canvas.roles for role in line) == 1


def test_the_output_of_the_selected_unit_is_shown():
    frame = at("mazur", "Y").frame
    assert plane_title(frame, View()) == "y1"
    assert plane_title(frame, View().select("Y", (0, 1))) == "y2"


# The key


def test_d_shows_the_plane_and_d_or_escape_the_network():
    person = controller("xor", "i3")
    network = person.draw().text()
    for key in ("D", "escape"):
        press(person, "D")
        assert person.view.plane
        assert " plane " in person.draw().text().splitlines()[1]
        press(person, [key])
        assert not person.view.plane
    press(person, ["f3"])
    assert person.draw().text() == network


def test_escape_ends_the_zoom_before_it_closes_the_plane():
    person = controller("xor", "i3")
    press(person, ["D", "z", "escape"])
    assert person.view.plane
    press(person, ["escape"])
    assert not person.view.plane


@pytest.mark.parametrize("network", ["penguins", "han-kamber", "rnn", "autoencoder"])
def test_other_networks_have_no_plane_and_say_so(network):
    person = controller(network)
    press(person, "D")
    assert not person.view.plane
    wanted = f"no plane: {network} needs two inputs and an output that depends on them alone"
    assert wanted in person.view.message


def forward(folder, equations, data, more=""):
    """A network by its forward pass, with two inputs."""
    path = folder / "net.toml"
    path.write_text(
        f"learning_rate = 0.1\n[data]\nX = [[0.1, 0.2], [0.3, -0.4], [0.5, 0.6]]\n{data}\n{more}\n"
        "[parameters]\nW = [[0.5, -0.3, 0.8], [0.2, 0.7, -0.4]]\n"
        f'[program]\nforward = """\n{equations}\n"""\n'
    )
    return read_network(path)


def test_a_forward_pass_has_the_plane_of_its_outputs(tmp_path):
    equations = "Z = X @ W\nP = softmax(Z)\nlogs = log(P[arange(size(X, 0)), y])\nE = -sum(logs)"
    session = at(forward(tmp_path, equations, "y = [0, 2, 1]"), "i3")
    assert has_plane(session.network, session.program)
    found = outputs_over_plane(session.frame, 3001, 1)
    (left, bottom), (right, top) = plane_range(session.frame)
    x = left + (right - left) * 1500.5 / 3001
    powers = np.exp(np.array([x, (bottom + top) / 2]) @ session.frame.tensors["W"])
    assert found.outputs[0, 1500] == pytest.approx(powers / powers.sum(), rel=1e-9)
    assert samples(session.frame)[1].tolist() == [[1, 0, 0], [0, 0, 1], [0, 1, 0]]
    assert " y1 " in draw_debugger(session.network)


def draw_debugger(network):
    person = controller(network)
    press(person, "D")
    return person.draw().text()


def test_what_is_computed_from_the_batch_is_that_of_the_samples(tmp_path):
    equations = "Z = X @ W\nhat = (Z - mean(Z, axis=0)) / std(Z, axis=0)\n"
    named = "Z = X @ W\nm = mean(Z, axis=0)\ns = std(Z, axis=0)\nhat = (Z - m) / s\n"
    rest = "Y = sum(hat, axis=1, keepdims=True)\nE = sum((labelY - Y)**2)"
    frame = at(forward(tmp_path, named + rest, "labelY = [[0.0], [1.0], [0.5]]"), "i2").frame
    found = outputs_over_plane(frame, 3, 1)
    net = np.array([0.3, 0.1]) @ frame.tensors["W"]
    batch = frame.tensors["X"] @ frame.tensors["W"]
    by_hand = np.sum((net - batch.mean(axis=0)) / batch.std(axis=0))
    assert found.outputs[0, 1, 0] == pytest.approx(by_hand, rel=1e-9)
    # Within one equation they cannot be told from the rest.
    assert not opens(forward(tmp_path, equations + rest, "labelY = [[0.0], [1.0], [0.5]]"))
    attention = (
        "Z = X @ W\nA = softmax(Z @ Z.T)\nY = sum(A @ Z, axis=1, keepdims=True)\n" + rest.splitlines()[1]
    )
    assert not opens(forward(tmp_path, attention, "labelY = [[0.0], [1.0], [0.5]]"))


def test_the_plane_drops_nothing(tmp_path):
    equations = (
        "noise = uniform(0, t, arange(size(X, 0))[:, None], arange(3))\n"
        "H = X @ W * where(noise < dropout, 0, 1 / (1 - dropout))\n"
        "Y = sum(H, axis=1, keepdims=True)\nE = sum((labelY - Y)**2)"
    )
    network = forward(tmp_path, equations, "labelY = [[0.0], [1.0], [0.5]]", "[constants]\ndropout = 0.5")
    frame = at(network, "i2").frame
    middle = np.array([0.3, 0.1]) @ frame.tensors["W"]
    assert outputs_over_plane(frame, 1, 1).outputs.item() == pytest.approx(middle.sum(), rel=1e-9)


def test_a_step_that_changes_a_weight_moves_the_plane():
    person = controller("xor", "i60:delta_W", ascii=True)
    press(person, "D")
    before = person.draw().text().splitlines()[2:10]
    press(person, "}" * 10)
    assert person.draw().text().splitlines()[2:10] != before


@pytest.mark.parametrize(
    ("names", "width", "expected"),
    [
        (("sepal length", "sepal width"), 38, "s…lengt -0.15…1.15  s…width -0.15…1.15"),
        (("sepal length", "sepal width"), 60, "sepal length -0.15…1.15  sepal width -0.15…1.15"),
        (("a", "a name that is long"), 39, "a -0.15…1.15  a name that i… -0.15…1.15"),
    ],
)
def test_both_inputs_are_named_below_the_plane_however_narrow_it_is(names, width, expected):
    network = replace(open_network("xor"), input_names=names)
    last = draw_plane(at(network, "i1").frame, View(), Theme(), width + 1, 8).text().splitlines()[-1]
    assert last.strip().startswith(expected)


def test_two_runs_are_side_by_side_each_with_its_own_numbers():
    person = controller("xor", "i60", ascii=True)
    press(person, ["D", "a", *"/W", "enter", "e", *"5", "enter", *"}}}"])
    other = person.current_view.other_run
    assert (person.frame.run, other.run, other.n) == ("B", "A", person.frame.n)
    assert other.tensors["W"][0, 0] != person.frame.tensors["W"][0, 0]
    apart = at("xor", str(other.n)).frame
    assert np.array_equal(other.tensors["W"], apart.tensors["W"])
    drawn = person.draw().text()
    assert drawn.splitlines()[2].split()[:2] == ["A", "B"]
    press(person, "A")
    assert person.frame.run == "A"
    assert [line[:37] for line in person.draw().text().splitlines()[2:11]] == [
        line[:37] for line in drawn.splitlines()[2:11]
    ]


def test_after_a_far_jump_the_other_run_is_computed_as_far():
    person = controller("xor", "i5", ascii=True)
    press(person, ["D", "a", "g", *"i900", "enter"])
    assert person.current_view.other_run.n == person.frame.n == 900 * person.session.period
    assert person.view.message == ""


def test_networks_with_two_inputs_have_a_plane():
    found = [
        name
        for name in ("article", "mazur", "xor", "deep", "han-kamber", "batchnorm")
        if opens(open_network(name))
    ]
    assert found == ["article", "mazur", "xor", "deep", "batchnorm"]


MOONS = """import numpy as np
angle = np.linspace(0, np.pi, 11)
POINTS = np.concatenate([np.c_[np.cos(angle), np.sin(angle)], np.c_[1 - np.cos(angle), 0.5 - np.sin(angle)]])
KINDS = np.repeat([0, 1], 11)
W = np.array([[0.1, -0.4, 0.7], [0.3, 0.2, -0.6]])
B = np.array([0.05, -0.15, 0.25])
V = np.array([[0.8], [-0.5], [0.35]])
order = np.arange(22) * 7 % 22
"""

IN_ROWS = """X, Y = POINTS, KINDS[:, None]
for epoch in range(9):
    H = np.tanh(X @ W + B)
    P = 1 / (1 + np.exp(-(H @ V)))
    D = P - Y
    G = (D @ V.T) * (1 - H ** 2)
    V -= 0.1 * H.T @ D
    W -= 0.1 * X.T @ G
    B -= 0.1 * G.sum(axis=0)
"""

IN_COLUMNS = """X, Y, W, B, V = POINTS.T, KINDS[None], W.T, B[:, None], V.T
for epoch in range(9):
    H = np.tanh(W @ X + B)
    P = 1 / (1 + np.exp(-(V @ H)))
    D = P - Y
    G = (V.T @ D) * (1 - H ** 2)
    V -= 0.1 * D @ H.T
    W -= 0.1 * G @ X.T
    B -= 0.1 * G.sum(axis=1, keepdims=True)
"""

IN_BATCHES = """for epoch in range(9):
    for k in range(0, 22, 11):
        rows = order[k:k + 11]
        X, Y = POINTS[rows], KINDS[rows][:, None]
""" + IN_ROWS.partition("range(9):\n")[2].replace("    ", "        ")

ONE_BY_ONE = """V = V[:, 0]
for epoch in range(9):
    for x, y in zip(POINTS[order], KINDS[order]):
        h = np.tanh(W.T @ x + B)
        p = 1 / (1 + np.exp(-(V @ h)))
        d = p - y
        g = d * V * (1 - h ** 2)
        V -= 0.1 * d * h
        W -= 0.1 * np.outer(x, g)
        B -= 0.1 * g
"""


def of_script(folder, text):
    path = folder / "moons.py"
    path.write_text(MOONS + text)
    return Session(open_script_file(path))


@pytest.mark.parametrize(
    "text",
    [IN_ROWS, IN_COLUMNS, IN_BATCHES, ONE_BY_ONE],
    ids=["rows", "columns", "batches", "one by one"],
)
def test_a_script_has_the_same_plane_in_every_layout_of_its_arrays(tmp_path, text):
    session = of_script(tmp_path, text)
    session.goto(1)
    frame = session.frame
    assert has_plane(session.network, session.program)
    W, B, V = (
        np.array(found)
        for found in ([[0.1, -0.4, 0.7], [0.3, 0.2, -0.6]], [0.05, -0.15, 0.25], [0.8, -0.5, 0.35])
    )
    found = outputs_over_plane(frame, 6, 5)
    assert (found.low, found.high) == (
        pytest.approx((-1.45, -0.725)),
        pytest.approx((2.45, 1.225)),
    )
    x, y = -1.45 + 3.9 * 0.5 / 6, 1.225 - 1.95 * 0.5 / 5
    assert found.outputs.shape == (5, 6, 1)
    assert found.outputs[0, 0, 0] == pytest.approx(sigmoid(np.tanh([x, y] @ W + B) @ V), abs=1e-12)
    points, kinds = samples(frame)
    assert sorted(map(tuple, np.c_[points, kinds])) == sorted(
        [(np.cos(a), np.sin(a), 0) for a in np.linspace(0, np.pi, 11)]
        + [(1 - np.cos(a), 0.5 - np.sin(a), 1) for a in np.linspace(0, np.pi, 11)]
    )


@pytest.mark.parametrize("theme", [Theme(), Theme(depth="16"), Theme(depth="none"), ASCII])
def test_the_plane_of_a_script_is_drawn_and_moves_and_closes(tmp_path, theme):
    person = make_controller(of_script(tmp_path, IN_COLUMNS), theme)
    person.size = (80, 24)
    press(person, ["n", "D"])
    first = person.draw().text()
    above, below, _ = sample_signs(theme)
    assert first.count(above) >= 9
    assert first.count(below) >= 9
    press(person, ["}"] * 3)
    assert "plane" in person.draw().text()
    press(person, ["D"])
    assert "plane" not in person.draw().text()


def test_the_sample_that_is_chosen_is_marked_among_all_of_the_script(tmp_path):
    session = of_script(tmp_path, IN_BATCHES)
    session.goto(1)
    assert [plane.sample_of_batch(session.frame, at) for at in range(5)] == [0, 7, 14, 21, 6]


def test_a_script_that_mixes_samples_or_has_other_inputs_has_no_plane(tmp_path):
    mixed = of_script(tmp_path, IN_ROWS.replace("X @ W + B", "(X @ W - (X @ W).mean(axis=0)) + B"))
    mixed.goto(1)
    assert mixed.program.diagram is None or outputs_over_plane(mixed.frame, 6, 5) is None
    text = IN_ROWS.replace("POINTS,", "np.c_[POINTS, POINTS[:, :1]],").replace("np.tanh(", "np.tanh(")
    three = of_script(tmp_path, "W = np.vstack([W, W[:1]])\n" + text)
    assert three.program.diagram.sizes[0] == 3
    assert not has_plane(three.network, three.program)


CELLS = plane.Plane((0.0, -1.0), (4.0, 1.0), np.zeros((2, 4, 1)))
"""Four columns over 0 to 4, two rows over 1 down to -1."""


@pytest.mark.parametrize(
    ("point", "cell"),
    [
        ((0.0, 1.0), (0, 0)),
        ((4.0, -1.0), (1, 3)),
        ((0.0, -1.0), (1, 0)),
        ((4.0, 1.0), (0, 3)),
        ((0.99, 0.01), (0, 0)),
        ((1.0, -0.01), (1, 1)),
        ((3.99, 0.0), (1, 3)),
        ((-0.01, 0.0), None),
        ((4.01, 0.0), None),
        ((1.0, 1.01), None),
        ((1.0, -1.01), None),
        ((np.nan, 0.0), None),
        ((1.0, np.inf), None),
    ],
)
def test_the_bounds_of_the_plane_are_in_it_and_nothing_else_is(point, cell):
    assert CELLS.cell(np.array(point)) == cell


@pytest.mark.parametrize(
    ("column", "low", "high"),
    [
        ([0.0, 1.0], -0.15, 1.15),
        ([-2.0, 2.0], -2.6, 2.6),
        ([np.nan, 1.0, 3.0, np.inf], 0.7, 3.3),
        ([5.0, 5.0], 0.0, 10.0),  # no range: as much as the number itself, at least 1
        ([-0.5, -0.5], -1.5, 0.5),
        ([np.nan, np.inf], -1.0, 1.0),
    ],
)
def test_the_plane_has_a_margin_around_the_finite_samples(column, low, high, monkeypatch):
    table = np.column_stack([column, np.linspace(0, 1, len(column))])
    monkeypatch.setattr(plane, "samples", lambda frame: (table, None))
    assert plane_range(None) == (pytest.approx((low, -0.15)), pytest.approx((high, 1.15)))
    monkeypatch.setattr(plane, "samples", lambda frame: (table[:, ::-1], None))
    assert plane_range(None) == (pytest.approx((-0.15, low)), pytest.approx((1.15, high)))


def test_a_sample_of_a_batch_is_known_among_all_of_a_network():
    session = at("penguins", "i1:H")
    rows = session.frame.rows
    assert [plane.sample_of_batch(session.frame, k) for k in range(len(rows))] == list(rows)
    assert plane.sample_of_batch(session.frame, len(rows)) is None


@pytest.mark.parametrize("theme", [Theme(), ASCII])
@pytest.mark.parametrize("network", ["xor", "deep"])
def test_at_80_columns_both_signs_of_the_samples_are_explained_below_the_plane(network, theme):
    person = controller(network, "i1", ascii=theme.ascii)
    press(person, "D")
    above, below, _ = sample_signs(theme)
    lines = [line[:38].split() for line in person.draw().text().splitlines()]
    explained = next(line for line in lines if line[:1] == [above] and below in line)
    assert len(explained) == 4
