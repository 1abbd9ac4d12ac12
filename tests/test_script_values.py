"""The replacement for plots, files and progress bars accepts everything and does nothing."""

import contextlib
import copy
import io
import types
from pathlib import Path

import numpy as np
import pytest

from bpstep.script.interpreter.interpreter import Interpreter
from bpstep.script.interpreter.values import Passive, ProgressBar, is_special
from bpstep.script.limits import Limits
from bpstep.script.loop.snapshot import _is_same, _same_bits
from bpstep.script.meaning.rotation import _lines_of
from bpstep.script.source import parse_source


def test_a_passive_object_is_called_and_counted_and_looks_empty():
    called = []
    plot = Passive("plt", called.append)
    figure = plot.attribute("figure")
    assert figure.name == "plt.figure"
    assert isinstance(figure(1, size=2), Passive)
    figure.attribute("axes")()
    assert called == ["plt.figure", "plt.figure.axes"]
    assert (list(plot), len(plot), bool(plot), plot[3], copy.copy(plot), copy.deepcopy(plot)) == (
        *([], 0, True),
        *[plot] * 3,
    )
    plot[1] = 2
    with plot as inside:
        assert inside is plot
    with pytest.raises(ValueError, match="goes on"), plot:
        raise ValueError("goes on")


def test_arithmetic_with_it_gives_it_back():
    plot = Passive("plt", lambda name: None)
    for result in (plot + 1, 1 + plot, plot - 1, 1 - plot, plot * 2, 2 * plot, plot / 2, 2 / plot, plot | 1):
        assert result is plot
    for result in (1 | plot, plot & 1, plot**2, plot // 2, plot % 2):
        assert result is plot
    plot += 1
    plot -= 1
    plot *= 2
    assert isinstance(plot, Passive)


def test_a_progress_bar_gives_what_it_is_around():
    bar = ProgressBar([1, 2], Passive("tqdm", lambda name: None))
    with bar as inside:
        assert (list(inside), len(inside)) == ([1, 2], 2)


@pytest.mark.parametrize(
    ("name", "special"),
    [("__init__", True), ("__x", False), ("x__", False), ("_x_", False), ("x", False)],
)
def test_names_of_python_s_own_have_two_lines_on_both_sides(name, special):
    assert is_special(name) is special


GRID = """import numpy as np
import matplotlib.pyplot as plt
figure, axes = plt.subplots({sizes})
print(axes.shape, axes.ndim, axes.size, [len(axes)], axes[-1:].shape, axes.T.shape)
for axis in axes.flat:
    print(1)
for axis in axes.ravel():
    print(2)
for row in axes:
    print(3)
print(axes.flatten()[1:].shape)
"""


@pytest.mark.parametrize("sizes", ["2, 3", "1, 4", "nrows=3", "ncols=2, squeeze=False"])
def test_a_grid_of_plots_is_gone_over_as_often_as_by_python(sizes):
    """The oracle is an array of objects, in which Matplotlib returns its axes."""
    script = Interpreter(parse_source(Path("grid.py"), GRID.format(sizes=sizes)), Limits(60.0))
    script.run()

    def subplots(nrows=1, ncols=1, squeeze=True):
        grid = np.full((nrows, ncols), np.zeros(()), object)
        return None, grid.squeeze() if squeeze else grid

    printed = io.StringIO()
    without = GRID.format(sizes=sizes).replace("import matplotlib.pyplot as plt", "")
    names = {"plt": types.SimpleNamespace(subplots=subplots), "np": np}
    with contextlib.redirect_stdout(printed):
        exec(without, names)
    assert script.output.text == printed.getvalue()


NUMBERS = np.array([[1.0, -0.0], [np.nan, 4.0]])


@pytest.mark.parametrize(
    ("kept", "array", "same"),
    [
        (NUMBERS.copy(), NUMBERS, True),
        (np.array([[1.0, 0.0], [np.nan, 4.0]]), NUMBERS, False),
        (NUMBERS.copy().ravel(), NUMBERS, False),
        (NUMBERS.astype(np.float32), NUMBERS, False),
        (NUMBERS.copy().T, NUMBERS.T, False),
        (np.zeros((0, 3)), np.zeros((0, 3)), True),
        (np.array(2.5), np.array(2.5), True),
    ],
)
def test_an_array_is_unchanged_if_every_bit_is(kept, array, same):
    assert _same_bits(("data", None, kept), array) is same
    assert not _same_bits(("objects", None, kept), array)


def test_a_list_is_unchanged_if_it_holds_the_same_things():
    first, second = [1], [1]
    kept = ("list", [first, second])
    assert _is_same(kept, ("list", [first, second]))
    for content in ([first], [first, first], [first, [1]], [second, first]):
        assert not _is_same(kept, ("list", content))
    assert not _is_same(kept, ("set", [first, second]))
    assert not _is_same(("dict", [first]), ("dict", [first]))


@pytest.mark.parametrize(
    ("reads", "carried", "lines"),
    [
        (["x", "a", "b"], "", {0, 1, 2}),
        (["x", "x", "a"], "", {0, 2}),
        (["x", "a", "ab"], "", {0, 1, 2}),
        (["x", "x", "x"], "", {2}),
        (["c", "a", "b"], "", set()),
        (["x", "ab", "b"], "b", {2}),
        (["x", "a", "b"], "b", {0, 1, 2}),
        (["x", "b", "b"], "", set()),
    ],
)
def test_the_lines_that_compute_a_name_are_those_before_it_up_to_what_is_updated(reads, carried, lines):
    assert _lines_of("c", lambda at: reads[at], {"a": 0, "b": 1, "c": 2}, set(carried)) == lines


def test_a_grid_of_drawings_has_the_shapes_of_an_array_and_a_single_one_has_none():
    def grid_of(grid, *names):
        for name in names:
            drawn = Passive("axes", lambda name: None, grid).attribute(name)
            yield drawn.grid

    assert list(grid_of((2, 3), "flat", "T", "flatten", "plot")) == [(6,), (3, 2), (2, 3), ()]
    assert list(grid_of((), "flat", "T", "ravel")) == [()] * 3
    array = Passive("axes", lambda name: None, (2, 3))
    assert [array.attribute(name) for name in ("shape", "size", "ndim")] == [(2, 3), 6, 2]
