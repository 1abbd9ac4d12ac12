"""Columns of the data have names: shown instead of x1, y1, shortened if they are long, kept by the writer."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len

from bpstep.errors import FileError
from bpstep.explain.prose.step_sentence import sentence
from bpstep.explain.prose.units import place_name, unit_name
from bpstep.netfile import builtin
from bpstep.netfile.builtin import open_network
from bpstep.netfile.reader import read_network, read_network_text
from bpstep.netfile.writer import network_text
from bpstep.program.diagram import Edge
from bpstep.render.canvas import clip_names
from bpstep.render.theme import Theme
from bpstep.session.session import Session
from bpstep.ui.compose import make_controller
from bpstep.ui.input import handle_key

FILE = """\
loss = "half_squared_error"
learning_rate = 0.1
[data]
{data}
[[layers]]
units = 2
init = "xavier_uniform"
activation = "tanh"
[[layers]]
units = 1
init = "xavier_uniform"
activation = "sigmoid"
"""

INLINE = "inputs = [[1, 2], [3, 4]]\nlabels = [[1], [0]]\n"


def from_csv(folder, header="age,income,yes"):
    names = header.split(",")
    (folder / "points.csv").write_text(f"{header}\n1,2,1\n3,4,0\n", encoding="utf-8")
    columns = ", ".join(f'"{name}"' for name in names[:-1])
    data = f'file = "points.csv"\ninputs = [{columns}]\nlabels = ["{names[-1]}"]'
    path = folder / "named.toml"
    path.write_text(FILE.format(data=data), encoding="utf-8")
    return read_network(path)


def inline(tmp_path, names):
    return read_network_text(FILE.format(data=INLINE + names), tmp_path / "inline.toml")


def screen(network, at="i1", size=(80, 24), **look):
    controller = make_controller(Session(network), Theme(**look))
    controller.size = size
    controller.move(controller.session.resolve(at))
    return controller.draw().text()


def test_units_at_both_ends_have_the_names_of_the_file_s_columns(tmp_path):
    made = from_csv(tmp_path)
    assert [unit_name(made, 0, at) for at in range(2)] == ["age", "income"]
    assert unit_name(made, 2, 0) == "yes"
    assert unit_name(made, 1, 1) == "h2"
    assert place_name(made, Edge(1, 1, 0)) == "income→h1"


def test_the_picture_the_selection_and_the_sentences_show_them(tmp_path):
    made = from_csv(tmp_path)
    shown = screen(made, "delta_W")
    network_pane = [line[:38] for line in shown.splitlines()]
    for name in ("age", "income", "yes"):
        assert any(name in line for line in network_pane), name
    assert "delta_W[0,0] age→h1" in shown
    session = Session(made)
    session.goto("delta_W")
    assert "age" in sentence(session.frame, (0, 0))


def test_data_in_the_network_file_can_be_named_too(tmp_path):
    made = inline(tmp_path, 'input_names = ["age", "income"]\nlabel_names = ["yes"]')
    assert (made.input_names, made.label_names) == (("age", "income"), ("yes",))
    assert inline(tmp_path, "").input_names == ()
    assert unit_name(inline(tmp_path, ""), 0, 0) == "x1"


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ('input_names = ["age"]', "input_names has 1 name; expected 2, one for each column of inputs"),
        ('label_names = ["a", "b"]', "label_names has 2 names; expected 1, one for each column of labels"),
        ('input_names = ["age", " "]', "input_names has an empty name"),
        ('input_names = ["age", "age"]', "age"),
        ("input_names = [1, 2]", "input_names"),
    ],
)
def test_names_that_do_not_fit_the_data_are_refused_at_their_line(tmp_path, names, expected):
    with pytest.raises(FileError, match=expected) as error:
        inline(tmp_path, names)
    assert error.value.line == 6


@pytest.mark.parametrize("header", ["age,income,yes", '年齢,in "quotes",a\\b'])
def test_what_is_saved_keeps_the_names(tmp_path, header):
    made = inline(tmp_path, "input_names = ['{}', '{}']\nlabel_names = ['{}']".format(*header.split(",")))
    again = read_network_text(network_text(made), tmp_path / "again.toml")
    assert (*again.input_names, *again.label_names) == tuple(header.split(","))
    assert network_text(again) == network_text(made)


def test_a_network_without_names_is_written_without_them(tmp_path):
    assert "names" not in network_text(inline(tmp_path, ""))


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize(
    "names", ["a name that is longer than any card,x,y", "年齢年齢年齢年齢年齢,収入,答え"]
)
def test_a_long_name_is_cut_by_cells_and_moves_nothing(tmp_path, names, ascii_only):
    named = screen(from_csv(tmp_path, names), "delta_W", ascii=ascii_only).splitlines()
    plain = screen(from_csv(tmp_path, "a,b,c"), "delta_W", ascii=ascii_only).splitlines()
    divider = "|" if ascii_only else "│"
    for shown, other in zip(named, plain):
        assert cell_len(shown) <= 80
        if divider in other and "[" not in other:
            at = cell_len(other[: other.index(divider)])
            assert cell_len(shown[: shown.index(divider)]) == at


def test_an_output_s_name_leaves_room_for_its_target():
    shown = screen(open_network("penguins"), "E")
    assert [name in shown for name in ("adel…→1", "chin…→0", "gent…→0")] == [True] * 3


WIDE = ("花びらの長さ", "花びらの幅", "ヒオウギアヤメ")


def test_the_selected_cell_is_told_whole_beside_wide_names(tmp_path):
    line = next(
        line for line in screen(from_csv(tmp_path, ",".join(WIDE)), "delta_W").splitlines() if "n = " in line
    )
    assert re.search(r"delta_W\[0,0\] 花びらの長さ→h1 +-?\d\.\d+ ─$", line)
    assert cell_len(line) == 80


def test_wide_names_stand_above_their_columns_in_a_worksheet():
    made = replace(open_network("penguins"), label_names=("鳥一", "鳥二", "三"))
    controller = make_controller(Session(made), Theme())
    controller.size = (120, 36)
    controller.move(controller.session.resolve("H"))
    handle_key(controller, "s")
    heading = next(line for line in controller.draw().text().splitlines() if line.startswith(" sample 1 "))
    first, second, third = (cell_len(heading[: heading.index(end) + 1]) for end in ("一", "二", "三"))
    assert second - first == third - second


def test_control_characters_in_a_name_reach_no_screen(tmp_path):
    made = from_csv(tmp_path)
    object.__setattr__(made, "input_names", ("a\x1b[2J", "b\u202e"))
    assert unit_name(made, 0, 0) == "a\\x1b[2J"
    assert unit_name(made, 0, 1) == "b\\u202e"


def table_columns(shown, name):
    """The heading above a tensor's numbers in a screen's table, and its first row, as words."""
    lines = [re.split("[│▲▼⋮]", line, maxsplit=1)[-1] for line in shown.splitlines()]
    at = next(at for at, line in enumerate(lines) if name in line)
    heading = lines[at].partition(name)[2].split()
    return [word for word in heading if "×" not in word], lines[at + 1]


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
def test_classes_stand_above_the_columns_of_targets_outputs_and_their_weights(size):
    loss, back = (screen(open_network("penguins"), at, size) for at in ("i1:E", "i1:delta_V"))
    found = [table_columns(loss, name) for name in ("›labelY", "›Y")]
    found += [table_columns(back, name) for name in ("›delta_net2", "▶delta_V")]
    assert [heading for heading, _ in found] == [["adelie", "chinst…", "gentoo"]] * 4
    session = Session(open_network("penguins"))
    session.goto("i1:E")
    assert found[0][1].split()[1:] == [f"{value:.4f}" for value in session.frame.tensors["labelY"][0]]


def test_names_end_where_the_numbers_below_them_end():
    lines = screen(open_network("penguins"), "i1:Y").splitlines()
    at = next(at for at, line in enumerate(lines) if "▶Y" in line)
    ends = [[word.end() for word in re.finditer(r"\S+", line)][-3:] for line in lines[at : at + 2]]
    assert ends[0] == ends[1]


def test_columns_of_the_inputs_have_their_names_and_units_that_are_counted_have_none(tmp_path):
    shown = screen(from_csv(tmp_path), "net_1", (120, 36))
    assert table_columns(shown, "›X")[0] == ["age", "income"]
    assert "h1" not in table_columns(screen(open_network("penguins"), "H"), "▶H")[0]


def test_names_without_room_can_be_told_apart():
    names = ("bill_length", "bill_depth", "flipper", "mass")
    assert clip_names(names, 6) == ("b…leng", "b…dept", "flipp…", "mass")
    assert clip_names(("temperature_1", "temperature_2"), 7) == ("tempe…1", "tempe…2")
    assert clip_names(("abcdefgh", "abcdefghij"), 5) == ("abcd…", "ab…ij")
    assert all(cell_len(name) <= 6 for name in clip_names(("年齢年齢年齢年", "年齢年齢年齢前"), 6))


def test_one_tensor_alone_has_the_names_of_its_columns_too():
    controller = make_controller(Session(open_network("penguins")), Theme())
    controller.size = (80, 24)
    controller.move(controller.session.resolve("Y"))
    handle_key(controller, "z")
    assert controller.draw().text().splitlines()[2].split() == ["adelie", "chinst…", "gentoo"]


def test_classes_of_a_network_that_is_no_chain_of_layers_stand_above_its_outputs_and_targets(tmp_path):
    text = (Path(builtin.__file__).parent / "networks" / "conv.toml").read_text(encoding="utf-8")
    path = tmp_path / "conv.toml"
    path.write_text('label_names = ["zero", "one", "two"]\n' + text, encoding="utf-8")
    shown = screen(read_network(path), "E", (120, 36))
    assert table_columns(shown, "›Y")[0] == table_columns(shown, "›labelY")[0] == ["zero", "one", "two"]
