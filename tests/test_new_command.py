"""`bpstep new`: from a CSV file to a network file that bpstep reads."""

import numpy as np
import pytest

from bpstep.cli.main import run
from bpstep.errors import BpstepError
from bpstep.gradcheck.check import check_gradients
from bpstep.netfile import new_network
from bpstep.netfile.reader import read_network
from bpstep.session.session import Session

ROWS = [
    (5.1, 1.4, "oak", 0, 0.5),
    (4.9, 1.3, "elm", 1, 1.5),
    (7.0, 4.7, "ash", 2, 2.5),
    (6.4, 4.5, "oak", 0, 0.1),
]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = [",".join(map(str, row)) for row in ROWS * 2]
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "trees.csv").write_text("a,b,kind,number,height\n" + "\n".join(lines) + "\n")
    return tmp_path


def made(folder, *options):
    assert run(["new", "data/trees.csv", "-o", "net.toml", *options]) == 0
    network = read_network(folder / "net.toml")
    assert network.warnings == ()
    session = Session(network)
    session.goto("i3")
    assert np.isfinite(float(session.frame.tensors["E"]))
    assert check_gradients(session).ok
    return network


def test_words_are_classes(folder):
    network = made(folder, "--labels", "kind", "--layers", "8,3")
    assert (network.sizes, network.label_names) == ((4, 8, 3), ("ash", "elm", "oak"))
    assert (network.loss, network.layers[-1].activation) == ("cross_entropy", "softmax")
    assert (network.samples, len(network.held_out.inputs)) == (6, 2)
    text = (folder / "net.toml").read_text()
    assert 'inputs = "others"' in text
    assert "# the fraction of the samples that is held out, to test on" in text


def test_class_numbers_are_classes_and_columns_of_words_are_left_out(folder):
    network = made(folder, "--labels", "number", "--layers", "5,4,")
    assert network.sizes == (3, 5, 4, 3)
    text = (folder / "net.toml").read_text()
    assert '# The column "kind" is left out: in line 2 it is not a number.' in text


def test_the_last_column_may_be_numbers_to_fit(folder):
    network = made(folder)
    assert (network.loss, network.sizes) == ("mean_squared_error", (3, 8, 1))


def test_two_classes_have_one_unit_or_two(folder):
    path = folder / "data" / "trees.csv"
    path.write_text("a,b\n1,yes\n2,no\n3,yes\n4,no\n5,no\n")
    assert made(folder).loss == "binary_cross_entropy"
    (folder / "net.toml").unlink()
    assert made(folder, "--layers", "2").layers[-1].activation == "softmax"


@pytest.mark.usefixtures("folder")
def test_of_a_spreadsheet_it_is_said_how_to_save_it(capsys):
    assert run(["new", f"{'a' * 300}.toml"]) == 2
    assert capsys.readouterr().err.endswith("a.toml: file name too long\n")
    assert run(["new", "iris.xlsx"]) == 2
    assert capsys.readouterr().err == (
        "bpstep: error: iris.xlsx: expected a CSV file; save the sheet as CSV in UTF-8\n"
    )


def test_an_empty_column_without_a_name_is_left_out_and_holds_no_labels(tmp_path):
    (tmp_path / "end.csv").write_text("a,b,kind,\n" + "1,2,x,\n2,1,y,\n" * 3)
    lines = [*new_network.new_network_lines(tmp_path / "end.csv", (2, 0), "", tmp_path / "net.toml")]
    assert any(line.startswith('labels = "kind"') for line in lines)
    assert any(line.startswith('inputs = ["a", "b"]') for line in lines)


@pytest.mark.usefixtures("folder")
def test_without_output_it_is_printed(capsys):
    assert run(["new", "data/trees.csv"]) == 0
    assert 'file = "data/trees.csv"' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--labels", "color"], 'there is no column "color"; expected one of "a", "b"'),
        (["--labels", "kind", "--layers", "8,2"], "the labels have 3 classes and the last layer 2 units"),
        (["--layers", "8,2"], "the labels are numbers and the last layer has 2 units; expected 1"),
        (["--layers", "8,x"], 'expected the units of each layer, like 8,3; got "8,x"'),
        (["--layers", "0,3"], "expected the units of each layer"),
        (["-o", "data/trees.csv"], "data/trees.csv exists; it is not overwritten"),
        (["-o", ""], "missing output file: use -o FILE"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line_and_nothing_is_written(folder, options, message, capsys):
    assert run(["new", "data/trees.csv", "-o", "net.toml", *options]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not (folder / "net.toml").exists()


TWO, TWO_UNITS, NUMBER = ("binary_cross_entropy", 1), ("cross_entropy", 2), ("mean_squared_error", 1)


def classes(count):
    return ("cross_entropy", count)


@pytest.mark.parametrize(
    ("labels", "tasks"),
    [
        (("a", "b", "a"), [TWO, TWO, TWO_UNITS, None]),
        (("a", "b", "c"), [classes(3), None, None, classes(3), None]),
        ([0, 1, 1], [TWO, TWO, TWO_UNITS, None]),
        ([0, 1, 2], [classes(3), NUMBER, None, classes(3), None]),
        (range(100), [classes(100), NUMBER, None]),
        (range(101), [NUMBER, NUMBER, None]),
        ([0.5, 1], [NUMBER, NUMBER, None]),
        ([1, 2], [NUMBER, NUMBER, TWO_UNITS, None]),
        ([0, 2], [NUMBER, NUMBER, TWO_UNITS, None]),
        ([1, 2, 2, 1, 1, 1], [TWO, TWO, TWO_UNITS, None]),
        ([1, 2, 3] * 3, [classes(3), NUMBER, None, classes(3), None]),
        ([1, 2, 3] * 2, [NUMBER, NUMBER, None, classes(3), None]),
        ([1, 2.5, 3] * 3, [NUMBER, NUMBER, None, None]),
        ([*range(5, 25)] * 3, [classes(20), NUMBER, None]),
        ([*range(5, 26)] * 3, [NUMBER, NUMBER, None]),
        (tuple(map(str, range(100))), [classes(100), None]),
        (tuple(map(str, range(101))), [None, None]),
        ([0, 0], [NUMBER, NUMBER, None]),
    ],
)
def test_labels_and_units_decide_between_two_classes_more_and_a_number(labels, tasks):
    """For 0 units, which is for the labels to say, 1, 2 and so on; None where they don't fit."""
    labels = labels if isinstance(labels, tuple) else np.array(labels, float)
    for units, wanted in enumerate(tasks):
        if wanted is None:
            with pytest.raises(BpstepError):
                new_network._task(labels, units)
        else:
            found = new_network._task(labels, units)
            assert (found.loss, found.units) == wanted


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("a,kind\n1,oak\n2,oak\n", [], "the labels are all the same; expected at least two classes"),
        ("a,b\n1,2\n", ["--labels", "c"], 'data.csv:1: there is no column "c"; expected one of "a", "b"'),
        ("a;b\n1;2\n", ["--labels", "c"], 'data.csv:1: there is no column "c"; expected one of "a", "b"'),
        ("a b\n1 2\n", [], 'data.csv:1: the only column is "a b"; expected columns that are separated by'),
        ("a,b,k\n1,2,x\n,3,y\n3,NA,x\n4,5,y\n", [], 'data.csv:3: column "a" is ""; expected a finite number'),
        ("a,b,k\n?,2,x\n1,3,y\n3,n/a,x\n", [], 'data.csv:2: column "a" is "?"; expected a finite number'),
        ("a,b,k\nu,v,0\n,w,y\n7,v,3\n", [], "data.csv:2: no column beside the labels has a number in every"),
        (
            'a,k\n"1,200",0\n3,y\n',
            [],
            'data.csv:2: no column beside the labels has a number in every line; "a"',
        ),
        ("a,b\n1,2\n", ["-o", "none/net.toml"], "none/net.toml: cannot write: No such file or directory"),
        ("a,b\n1,2\n", ["-o", "data.csv/net.toml"], "data.csv/net.toml: cannot write: Not a directory"),
    ],
)
def test_labels_that_say_nothing_are_refused(tmp_path, monkeypatch, capsys, text, options, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data.csv").write_text(text)
    assert run(["new", "data.csv", *options]) == 2
    assert message in capsys.readouterr().err


def begun(folder, text, *options):
    (folder / "data.csv").write_text(text)
    (folder / "net.toml").unlink(missing_ok=True)
    assert run(["new", str(folder / "data.csv"), "-o", str(folder / "net.toml"), *options]) == 0
    return read_network(folder / "net.toml"), (folder / "net.toml").read_text()


def test_a_file_without_header_keeps_its_first_sample(tmp_path):
    network, text = begun(tmp_path, "5.1,3.5,oak\n4.9,3.0,elm\n")
    assert network.inputs.tolist() == [[5.1, 3.5], [4.9, 3.0]]
    assert (network.input_names, network.label_names) == (("c1", "c2"), ("oak",))
    assert "header = false   # the first line is a sample" in text


def test_numbers_that_are_few_and_whole_are_classes_by_their_names(tmp_path):
    rows = "".join(f"{at / 10},{at % 3 + 1}\n" for at in range(9))
    network, text = begun(tmp_path, "a,kind\n" + rows)
    assert (network.loss, network.label_names) == ("cross_entropy", ("1", "2", "3"))
    drawn = [f"{row:.1f}" for row in network.inputs[:, 0]]
    assert [f"{at / 10}" for at in range(9) if f"{at / 10}" in drawn] == drawn
    assert network.labels.argmax(axis=1).tolist() == [int(row[2]) % 3 for row in drawn]
    assert "are 3 whole numbers, taken as classes; --layers 8,1 takes them as numbers to fit." in text
    network, text = begun(tmp_path, "a,kind\n" + rows, "--layers", "8,1")
    assert network.loss == "mean_squared_error"
    assert "are 3 whole numbers, taken as numbers to fit; --layers 8,3 takes them as classes." in text
    assert "; --layers 4,5,1 takes them" in begun(tmp_path, "a,kind\n" + rows, "--layers", "4,5,3")[1]
    assert "; --layers 3 takes them" in begun(tmp_path, "a,kind\n" + rows, "--layers", "1")[1]


def test_a_column_of_labels_is_known_by_its_name_and_one_that_numbers_the_rows_too(tmp_path):
    assert begun(tmp_path, "target,label,y\n1.5,2.5,3\n1,2,4\n")[0].label_names == ("label",)
    network, text = begun(tmp_path, ",Class,a,b,userId\n0,x,1.5,2,7\n1,y,2.5,,8\n")
    assert (network.input_names, network.label_names) == (("a",), ("y",))
    assert '# The column "" is left out: its name says that it numbers the rows.' in text
    assert '# The column "b" is left out: in line 3 it is not a number.' in text
    assert '# The column "userId" is left out: its name says that it numbers the rows.' in text


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("1.5,2.5\n0.5,1.5\n", False),
        ("1.5,250.5\n0.5,1.5\n", True),
        ("255,1\n20,0\n", True),
        ("1.5,x,0.5\n0.1,y,200.5\n", True),
        ("1e308,2\n-1e308,4\n", True),
    ],
)
def test_of_large_numbers_the_file_says_what_training_goes_better_on(tmp_path, rows, told):
    header = "a,b\n" if rows.count(",") == 2 else "a,kind,b\n"
    assert ("# The numbers are large or differ" in begun(tmp_path, header + rows)[1]) is told


@pytest.mark.parametrize("size", [255, 4000, 1e6])
def test_on_large_inputs_the_loss_falls_from_the_start(tmp_path, size):
    drawn = np.random.default_rng(0)
    samples = drawn.uniform(0, size, (60, 12))
    above = samples[:, 0] > size / 2
    rows = "".join(",".join(map(str, row)) + f",{word}\n" for row, word in zip(samples, above))
    network, text = begun(tmp_path, ",".join(f"x{k}" for k in range(12)) + ",kind\n" + rows)
    assert text.count('normalization = "batch"   # the inputs are large') == 1
    losses = np.zeros(20)
    session = Session(network)
    for at in range(20):
        session.goto(f"i{at}:E")
        losses[at] = session.frame.tensors["E"]
    assert losses[0] < 2
    assert losses[-5:].mean() < losses[:5].mean()


@pytest.mark.parametrize("layers", [0, "4,0"])
@pytest.mark.parametrize("count", [2, 3, 4, 60])
def test_on_large_inputs_a_network_of_any_size_begins_with_a_finite_loss(tmp_path, count, layers):
    rows = "".join(f"{4000 + 9 * at},{1e6 * at},{'no' if at % 2 else 'yes'}\n" for at in range(count))
    session = Session(begun(tmp_path, "mass,income,kind\n" + rows, "--layers", str(layers))[0])
    session.goto("i3:E")
    assert session.frame.tensors["E"] < 3


def test_no_batch_that_is_normalised_has_one_sample():
    tested = [(count, (count + 4) // 5 if count >= 5 else 0) for count in range(2, 3000)]
    sizes = [(count - held, new_network._batch_size(count, held, True) or count) for count, held in tested]
    assert all(size > 1 and trained % size != 1 for trained, size in sizes)


def test_the_data_are_found_from_a_folder_that_is_a_link(tmp_path, monkeypatch):
    (tmp_path / "elsewhere" / "deep").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere" / "deep")
    (tmp_path / "data.csv").write_text("a,b\n1,2.5\n2,3.5\n")
    monkeypatch.chdir(tmp_path)
    assert run(["new", "data.csv", "-o", "link/net.toml"]) == 0
    assert read_network(tmp_path / "link" / "net.toml").samples == 2


@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_table_with_another_separator_is_begun_with_as_well(tmp_path, monkeypatch, separator):
    monkeypatch.chdir(tmp_path)
    rows = [("a", "b", "kind"), ("1,5", "2", "oak"), ("2,5", "4", "elm")]
    (tmp_path / "trees.tsv").write_text("\n".join(map(separator.join, rows)))
    assert run(["new", "trees.tsv", "-o", "net.toml"]) == 0
    network = read_network(tmp_path / "net.toml")
    assert network.inputs.tolist() == [[1.5, 2], [2.5, 4]]
    assert network.label_names == ("oak",)


@pytest.mark.parametrize(
    ("count", "tested", "normalized", "size"),
    [
        (64, 0, False, 32),
        (63, 30, False, 31),
        (65, 32, False, 32),
        (65, 32, True, 31),
        (4, 0, True, 2),
        (5, 2, True, 0),
        (3, 0, False, 1),
        (3, 0, True, 0),
        (1, 0, False, 0),
    ],
)
def test_a_batch_has_half_of_the_rows_and_under_a_normalisation_no_single_one(
    count, tested, normalized, size
):
    assert new_network._batch_size(count, tested, normalized) == size
