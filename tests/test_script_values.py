"""What stands for plots, files and progress bars takes everything and does nothing."""

import copy

import pytest

from bpstep.script.values import Passive, ProgressBar, is_special


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
