"""Labels as class numbers or words, columns by ranges and "others"."""

import re

import numpy as np
import pytest

from bpstep.errors import FileError
from bpstep.explain.prose.step_sentence import sentence
from bpstep.explain.prose.units import unit_name
from bpstep.netfile.reader import read_network
from bpstep.netfile.writer import network_text
from bpstep.session.session import Session

HEAD = 'loss = "cross_entropy"\nlearning_rate = 0.1\n[data]\n'

INPUTS = "inputs = [[1, 2], [3, 4], [5, 6]]\n"


def layers(units):
    activation = "softmax" if units > 1 else "sigmoid"
    return f'[[layers]]\nunits = {units}\nactivation = "{activation}"\n'


def read(folder, data, units=3, head=HEAD):
    path = folder / "net.toml"
    path.write_text(head + data + layers(units), encoding="utf-8")
    return read_network(path)


def from_csv(folder, text, data, units=3):
    (folder / "points.csv").write_text(text, encoding="utf-8")
    return read(folder, 'file = "points.csv"\n' + data, units)


def refused(folder, *args, **more):
    with pytest.raises(FileError) as caught:
        read(folder, *args, **more)
    return str(caught.value)


def test_words_become_one_hot_rows_in_the_order_of_the_alphabet(tmp_path):
    made = read(tmp_path, INPUTS + 'labels = ["dog", "cat", "fish"]\n')
    assert made.label_names == ("cat", "dog", "fish")
    assert made.labels.tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 1]]
    assert [unit_name(made, 1, at) for at in range(3)] == ["cat", "dog", "fish"]


def test_names_of_labels_set_the_order_and_may_have_classes_that_no_sample_has(tmp_path):
    data = INPUTS + 'labels = ["dog", "cat", "dog"]\nlabel_names = ["fish", "dog", "cat"]\n'
    assert read(tmp_path, data).labels.tolist() == [[0, 1, 0], [0, 0, 1], [0, 1, 0]]


def test_class_numbers_become_one_hot_rows(tmp_path):
    for labels in ("[2, 0, 1]", "[[2], [0], [1]]"):
        made = read(tmp_path, f"{INPUTS}labels = {labels}\n")
        assert made.labels.tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0]]
        assert made.label_names == ("class 0", "class 1", "class 2")
    named = read(tmp_path, INPUTS + 'labels = [2, 0, 1]\nlabel_names = ["a", "b", "c"]\n')
    assert named.label_names == ("a", "b", "c")


def test_two_classes_need_one_unit_only(tmp_path):
    head = HEAD.replace("cross_entropy", "binary_cross_entropy")
    made = read(tmp_path, INPUTS + 'labels = ["yes", "no", "yes"]\n', 1, head)
    assert made.labels.tolist() == [[1], [0], [1]]
    assert made.label_names == ("yes",)
    numbered = read(tmp_path, INPUTS + "labels = [1, 0, 1]\n", 1, head)
    assert numbered.labels.tolist() == [[1], [0], [1]]
    assert read(tmp_path, INPUTS + "labels = [0.5, 2.5, 1]\n", 1).labels.tolist() == [[0.5], [2.5], [1]]


def test_a_column_of_words_and_one_of_class_numbers_are_classes(tmp_path):
    text = "a,kind,b,c\n1,oak,2,0\n3,elm,4,2\n5,ash,6,1\n"
    words = from_csv(tmp_path, text, 'inputs = ["a", "b"]\nlabels = "kind"\n')
    assert words.labels.tolist() == [[0, 0, 1], [0, 1, 0], [1, 0, 0]]
    assert (words.input_names, words.label_names) == (("a", "b"), ("ash", "elm", "oak"))
    numbers = from_csv(tmp_path, text, 'inputs = ["a", "b"]\nlabels = ["c"]\n')
    assert numbers.labels.tolist() == [[1, 0, 0], [0, 0, 1], [0, 1, 0]]
    incomes = from_csv(tmp_path, "a,pay\n1,<=50K\n2,>50K\n", 'inputs = "a"\nlabels = "pay"\n', 1)
    assert incomes.label_names == (">50K",)


def test_ranges_and_others_stand_for_columns_in_the_order_of_the_file(tmp_path):
    text = "id,p1,p2,p3,kind,q\n9,1,2,3,0,7\n9,4,5,6,1,8\n"
    ranged = from_csv(tmp_path, text, 'inputs = "p1..p3"\nlabels = "kind"\n', 2)
    assert ranged.inputs.tolist() == [[1, 2, 3], [4, 5, 6]]
    mixed = from_csv(tmp_path, text, 'inputs = ["q", "p1..p2"]\nlabels = "kind"\n', 2)
    assert mixed.input_names == ("q", "p1", "p2")
    others = from_csv(tmp_path, text, 'inputs = "others"\nlabels = "kind"\n', 2)
    assert others.input_names == ("id", "p1", "p2", "p3", "q")
    first = from_csv(tmp_path, text, 'inputs = ["q", "others"]\nlabels = "kind"\n', 2)
    assert first.input_names == ("q", "id", "p1", "p2", "p3")


def test_columns_with_such_names_are_those_columns(tmp_path):
    made = from_csv(
        tmp_path, "others,a..b,c\n1,2,0\n3,4,1\n", 'inputs = ["others", "a..b"]\nlabels = "c"\n', 1
    )
    assert made.inputs.tolist() == [[1, 2], [3, 4]]


def test_others_of_a_forward_pass_are_those_that_no_tensor_names(tmp_path):
    (tmp_path / "points.csv").write_text("x1,y,x2\n1,2,3\n4,5,6\n")
    path = tmp_path / "net.toml"
    path.write_text(
        'learning_rate = 0.1\n[data]\nfile = "points.csv"\nX = "others"\nlabelY = "y"\n'
        "[parameters]\nW = [[1], [2]]\n"
        '[program]\nforward = """\nE = sum((labelY - X @ W)**2)\n"""\n'
    )
    data = read_network(path).data
    assert (data["X"].tolist(), data["labelY"].tolist()) == ([[1, 3], [4, 6]], [[2], [5]])


REFUSED = {
    "fewer classes than units": ('labels = ["a", "b", "a"]', 3, '2 classes, "a", "b"; expected 3'),
    "more classes than one unit": ('labels = ["a", "b", "c"]', 1, "expected two for a single unit"),
    "a word without a name": (
        'labels = ["a", "b", "c"]\nlabel_names = ["a", "b", "d"]',
        3,
        'labels[2] is "c", which label_names lacks',
    ),
    "words and numbers": ('labels = ["a", 1, "c"]', 3, "labels[1] is 1; expected a word"),
    "numbers and words": ('labels = [1, "a", 2]', 3, 'labels[1] is "a"; expected a class number'),
    "a class beyond the last": (
        "labels = [0, 3, 1]",
        3,
        "labels[1] is class 3; expected a whole number from 0 to 2",
    ),
    "a class below the first": ("labels = [0, -1, 1]", 3, "labels[1] is class -1"),
    "no whole number": ("labels = [0, 0.5, 1]", 3, "labels has 1 column; expected 3"),
    "too few": ('labels = ["a", "b"]', 3, "labels has 2 labels; expected 3"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_classes_that_do_not_fit_are_refused_at_their_line(tmp_path, case):
    labels, units, message = REFUSED[case]
    error = refused(tmp_path, INPUTS + labels + "\n", units)
    assert message in error
    assert "net.toml:5: " in error


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ('inputs = "b..a"\nlabels = "c"', 'the range "b..a" runs backwards: "a" comes before "b"'),
        # At the line of the network file that asks for it, not at the first line of the other.
        ('inputs = "a..z"\nlabels = "c"', 'points.csv: there is no column "z"'),
        ('inputs = ["a"]\nlabels = "z"', 'points.csv: there is no column "z"'),
        ('inputs = ["a", "a..b"]\nlabels = "c"', 'column "a" is asked for twice'),
        ('inputs = "others"\nlabels = ["a", "b", "c", "d"]', "there are no other columns"),
        ('inputs = ["a"]\nlabels = "d"', 'points.csv:3: column "d" is "4"; expected a word'),
    ],
)
def test_columns_that_are_not_there_are_refused(tmp_path, data, message):
    with pytest.raises(FileError, match=re.escape(message)):
        from_csv(tmp_path, "a,b,c,d\n1,2,0,oak\n3,4,1,4\n", data + "\n", 1)


def test_the_classes_names_are_written_and_read_again(tmp_path):
    made = read(tmp_path, INPUTS + 'labels = ["dog", "cat", "fish"]\n')
    (tmp_path / "again.toml").write_text(network_text(made))
    again = read_network(tmp_path / "again.toml")
    assert np.array_equal(again.labels, made.labels)
    assert again.label_names == made.label_names


def test_sentences_name_the_classes(tmp_path):
    session = Session(read(tmp_path, INPUTS + 'labels = ["dog", "cat", "fish"]\n'))
    session.goto("Y")
    assert "fish" in sentence(session.frame, (0, 2))


TESTED = INPUTS + "test_inputs = [[7, 8]]\n"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (TESTED + "labels = [2, 0, 1]\ntest_labels = [7]\n", "net.toml:7: test_labels[0] is class 7"),
        (
            TESTED + 'labels = ["a", "b", "c"]\nlabel_names = ["a", "b", "c"]\ntest_labels = ["d"]\n',
            'net.toml:8: test_labels[0] is "d", which label_names lacks',
        ),
        (TESTED + "labels = [2, 0, 7]\ntest_labels = [1]\n", "net.toml:6: labels[2] is class 7"),
        (INPUTS + "labels = [2, 7, 1]\ntest = 0.5\n", "net.toml:5: labels[1] is class 7"),
        (INPUTS + "labels = [true, false, true]\n", "net.toml:5: labels[0] is true; expected a class number"),
        (INPUTS + "labels = [1, 0, inf]\n", "net.toml:5: labels[2] is inf; expected a class number"),
        (TESTED + "labels = [2, 0, 1]\n", "net.toml:5: test_labels is missing; test_inputs needs it"),
    ],
)
def test_a_label_that_is_no_class_is_named_where_it_stands(tmp_path, data, message):
    assert message in refused(tmp_path, data)
