"""An index by a tensor is one that its axis has, before anything runs: in files, in equations, in edits."""

import numpy as np
import pytest

import bpstep
from bpstep.engine.edits import EditEquation
from bpstep.errors import BpstepError, ExpressionError, FileError
from bpstep.lang import parser
from bpstep.lang.index_bounds import check_index_bounds, index_range, whole_ranges
from bpstep.lang.shapes import value_shape
from bpstep.netfile.builtin import open_network
from bpstep.session.session import Session

TENSORS = {"A": np.ones((3, 4)), "t": np.array([0, 2, 1]), "k": np.array([[1, 3]]), "u": np.array([-3, 2])}
SHAPES = {name: value_shape(value) for name, value in TENSORS.items()}
RANGES = whole_ranges(TENSORS)


@pytest.mark.parametrize(
    "text",
    ["t", "-t", "t + 1", "1 - t", "2 * t - 1", "t * t", "t[1:]", "k.T", "k.reshape(2)", "repeat(t, 2)",
     "arange(2, 7)", "arange(6, 0, -2)", "argmax(A, axis=1)", "argmax(A)", "size(A, 1) - t", "t - u[0]",
     "u * u", "abs(u)", "abs(t - 3)", "minimum(u, 1)", "maximum(u, t[0])", "clip(u, -1, 1)", "clip(t, 3, 1)",
     "where(A[:, 0] > 0, t, -4)", "where(A > 0, 3, 1)", "max(k)", "min(k, axis=0)", "concatenate([t, u[:2]])",
     "pad(k, ((0, 1), (0, 0)))"],
)  # fmt: skip
def test_the_numbers_of_an_index_lie_within_the_range_that_is_foretold(text):
    low, high = index_range(parser.parse(text, SHAPES), SHAPES, RANGES)
    numbers = np.asarray(eval(text, vars(np).copy(), TENSORS))
    assert low <= numbers.min()
    assert numbers.max() <= high


@pytest.mark.parametrize(
    ("text", "range_"),
    [
        *[("t", (0, 2)), ("-t", (-2, 0)), ("-3", (-3, -3)), ("t + 1", (1, 3)), ("1 - t", (-1, 1))],
        *[("u * t", (-6, 4)), ("u - k", (-6, 1)), ("u * u", (-6, 9)), ("k[0]", (1, 3)), ("k.T", (1, 3))],
        *[
            ("arange(4)", (0, 3)),
            ("arange(2, 7, 2)", (2, 6)),
            ("arange(6, 0, -4)", (2, 6)),
            ("arange(0)", None),
        ],
        *[("argmax(A)", (0, 11)), ("argmax(A, axis=0)", (0, 2)), ("argmax(A, axis=1)", (0, 3))],
        *[("argmax(A, axis=-1)", (0, 3)), ("size(A, 0)", (3, 3)), ("size(A)", (12, 12))],
        *[("abs(u)", (0, 3)), ("abs(-k)", (1, 3)), ("minimum(u, 1)", (-3, 1)), ("maximum(u, k)", (1, 3))],
        *[
            ("clip(u, -1, 1)", (-1, 1)),
            ("where(A > 0, t, -4)", (-4, 2)),
            ("pad(k, ((0, 1), (0, 0)))", (0, 3)),
        ],
        *[("k[:, 0]", (1, 1)), ("k[:, -1]", (3, 3)), ("k[:, 0] + 1", (2, 2)), ("k[None, 0]", (1, 3))],
        *[("repeat(u, 2)", (-3, 2)), ("swapaxes(k, 0, 1)", (1, 3)), ("k.reshape(2)", (1, 3))],
        *[
            ("t / 2", None),
            ("A", None),
            ("t + A[0, 0]", None),
            ("A[0, 0] + t", None),
            ("t**2", None),
            ("exp(t)", None),
        ],
    ],
)
def test_the_least_and_the_largest_number_of_an_index_are_known(text, range_):
    assert index_range(parser.parse(text, SHAPES), SHAPES, RANGES) == range_


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("A[u - 1]", "u - 1 can be -4"),
        ("A[:, 2 * t]", "2 * t can be 4"),
        ("A[None, :, -k - 2]", "-k - 2 can be -5"),
        ("one_hot(t, 2)", "one_hot(t, 2): t can be 2, and 2 classes have the numbers from 0 to 1"),
        ("A[t + 1]", "A[t + 1]: t + 1 can be 3, and there is no such index in the shape 3×4"),
        ("A[:, t + 2]", "t + 2 can be 4"),
        ("A[u * 2]", "u * 2 can be -6"),
        ("A[:, 0][k[0]]", "k[0] can be 3"),
        ("exp(A[t] * A[t][:, arange(5)])", "arange(5) can be 4"),
        ("A[argmax(A, axis=1)]", "can be 3"),
    ],
)
def test_an_index_that_an_axis_lacks_is_refused(text, named):
    with pytest.raises(ExpressionError) as caught:
        check_index_bounds(parser.parse(text, SHAPES), SHAPES, RANGES)
    assert named in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "A[t]",
        "A[:, k]",
        "A[u]",
        "A[t, :2]",
        "A[argmax(A, axis=0)]",
        "A[None, -t]",
        "A[:, t + 1]",
        "A[:, -k - 1]",
    ],
)
def test_an_index_that_is_there_is_allowed(text):
    check_index_bounds(parser.parse(text, SHAPES), SHAPES, RANGES)


def written(folder, labels, index="t"):
    path = folder / "net.toml"
    path.write_text(
        f"""learning_rate = 0.1
batch_size = 2
[data]
X = [[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]]
t = {labels}
[parameters]
W = [[0.1, 0.2], [0.3, 0.4]]
[program]
forward = '''
Y = softmax(X @ W)
E = -sum(log(Y[arange(size(Y, 0)), {index}]))
'''
"""
    )
    return open_network(str(path))


def test_a_label_without_a_column_is_refused_with_its_line_also_in_a_later_batch(tmp_path):
    with pytest.raises(FileError, match=r"net.toml:11: E: .*t can be 2, and there is no such index"):
        Session(written(tmp_path, "[0, 1, 2]"))


def test_a_column_has_a_bound_of_its_own_also_where_a_cell_is_edited(tmp_path):
    session = Session(written(tmp_path, "[[0, 1], [1, 4], [1, 3]]", "t[:, 0]"))
    session.edit("t", (0, 1), 4.0)
    with pytest.raises(BpstepError, match=r"t\[:, 0\] can be 4"):
        session.edit("t", (0, 0), 4.0)
    with pytest.raises(FileError, match=r"t\[:, 1\] can be 4"):
        Session(written(tmp_path, "[[0, 1], [1, 4], [1, 3]]", "t[:, 1]"))


def test_an_edit_of_an_index_is_a_whole_number_that_its_axis_has(tmp_path):
    session = Session(written(tmp_path, "[0, 1, 1]"))
    for value, named in ((2.0, "t can be 2"), (-3.0, "t can be -3"), (0.5, "t holds whole numbers")):
        with pytest.raises(BpstepError, match=named):
            session.edit("t", (0,), value)
    session.edit("t", (0,), 1.0)
    session.goto(session.period)
    assert session.frame.tensors["t"].tolist() == [1, 1]


def test_an_equation_typed_over_a_network_may_not_leave_the_axis_either(tmp_path):
    session = Session(written(tmp_path, "[0, 1, 1]"))
    with pytest.raises(BpstepError, match="t \\+ 1 can be 2"):
        session.append(EditEquation(0, "E", "sum(Y[arange(2), t + 1])"))


def test_what_equations_compute_from_whole_numbers_of_the_file_is_an_index_as_in_line(tmp_path):
    forms = ["t", "t + 1 - 1", "2 - t[::-1]", "(t * 1).reshape(-1, 1)[:, 0]", "minimum(t, 1)",
             "clip(t, 0, 1)", "abs(t - 2)", "where(t > 1, 0, t)", "concatenate([t[1:], t[:1]])",
             "max(stack([t, t[::-1]]), axis=0)"]  # fmt: skip
    lines = [f"i{at} = {form}\np{at} = sum(W[i{at}] * W[{form}])" for at, form in enumerate(forms)]
    path = tmp_path / "net.toml"
    path.write_text(
        "learning_rate = 0.1\n[data]\nt = [0, 2, 1]\n[parameters]\nW = [[0.1, 0.2], [0.3, 0.4], [0.7, 0.5]]\n"
        "[program]\nforward = '''\n"
        + "\n".join(lines)
        + "\nE = "
        + " + ".join(f"p{at}" for at in range(len(forms)))
        + "\n'''\n"
    )
    session = Session(open_network(str(path)))
    session.goto(session.period)
    weights, t = np.array([[0.1, 0.2], [0.3, 0.4], [0.7, 0.5]]), np.array([0, 2, 1])
    for at, form in enumerate(forms):
        index = eval(form, vars(np).copy(), {"t": t})
        assert session.frame.tensors[f"i{at}"].dtype == np.int64
        assert session.frame.tensors[f"i{at}"].tolist() == index.tolist()
        assert np.isclose(session.frame.tensors[f"p{at}"], np.sum(weights[index] ** 2), rtol=1e-13)


WRITTEN = """\
learning_rate = 0.1
data = {{ X = [[1, -2], [-3, 4]] }}
parameters = {{ W = [[0.1, 0.2], [0.3, 0.4]] }}
[program]
forward = '''
i = where(X[:, 0] > 0, {number}, 0)
j = 1 - i
E = sum((X * W[j])**2)
'''
"""


def test_a_choice_of_written_whole_numbers_is_an_index_and_stays_a_mask(tmp_path):
    path = tmp_path / "net.toml"
    path.write_text(WRITTEN.format(number=1))
    session = Session(open_network(str(path)))
    session.goto(3)
    assert session.frame.tensors["i"].dtype == np.float64
    assert session.frame.tensors["E"] == np.sum(
        (np.array([[1, -2], [-3, 4]]) * [[0.1, 0.2], [0.3, 0.4]]) ** 2
    )
    with pytest.raises(BpstepError, match="whole numbers"):
        session.edit("i", (0,), 0.5)
    path.write_text(WRITTEN.format(number=4))
    with pytest.raises(BpstepError, match="can be -3"):
        open_network(str(path))


def test_only_tensors_of_whole_numbers_that_have_any_have_a_range():
    tensors = {"x": np.array([0.5, 7.0]), "k": np.array([[3, -1], [0, 2]]), "none": np.array([], np.int64)}
    assert whole_ranges(tensors) == {"k": (-1, 3), "k[:, 0]": (0, 3), "k[:, 1]": (-1, 2)}


@pytest.mark.parametrize(
    "equations",
    [
        "E = mean((P[arange(2) + 1] - P[arange(2)])**2)",
        "i = arange(3) - 1\nE = mean((P[i[1:]] - P[i[:-1]])**2)",
    ],
)
def test_an_index_that_is_computed_from_whole_numbers_picks_what_a_slice_does(equations):
    """Differences of neighbours; the row before row 0 is the last one."""
    rows = np.array([[0.1, -0.3], [0.2, 0.4], [0.7, 0.5]])
    session = Session(bpstep.network(f"P = W * 1\n{equations}", {"W": rows}, parameters=["W"]))
    session.goto("update")
    after, before = ([1, 2], [0, 1]) if "i =" not in equations else ([0, 1], [2, 0])
    expected = np.zeros_like(rows)
    np.add.at(expected, after, (rows[after] - rows[before]) / 2)
    np.add.at(expected, before, (rows[before] - rows[after]) / 2)
    assert np.allclose(session.frame.tensors["delta_W"], expected, rtol=1e-13)
