"""Initial weights as books have them: drawn by NumPy's generators, or printed either way round."""

import re

import numpy as np
import pytest

from bpstep.errors import FileError
from bpstep.netfile.reader import read_network
from bpstep.netfile.writer import network_text

TEXT = """\
loss = "half_squared_error"
learning_rate = 0.1
{more}
[data]
inputs = [[0, 0, 1], [1, 1, 1]]
labels = [[0], [1]]
[[layers]]
{first}
activation = "sigmoid"
[[layers]]
{second}
activation = "sigmoid"
"""


def read(folder, first, second="units = 1", more=""):
    path = folder / "net.toml"
    path.write_text(TEXT.format(first=first, second=second, more=more))
    return read_network(path)


def test_a_script_that_sets_numpys_seed_once_has_these_weights(tmp_path):
    drawn = 'init = {{ uniform = [-1, 1], generator = "RandomState"{} }}'
    made = read(tmp_path, f"units = 4\n{drawn.format(', seed = 1')}", f"units = 1\n{drawn.format('')}")
    older = np.random.RandomState(1)
    assert np.array_equal(made.layers[0].weights, 2 * older.random_sample((3, 4)) - 1)
    assert np.array_equal(made.layers[1].weights, 2 * older.random_sample((4, 1)) - 1)


def test_small_normal_weights_are_those_of_randn(tmp_path):
    made = read(tmp_path, 'units = 4\ninit = { normal = 0.01, seed = 3, generator = "RandomState" }')
    assert np.array_equal(made.layers[0].weights, np.random.RandomState(3).randn(3, 4) * 0.01)


def test_a_seed_of_its_own_gives_the_numbers_of_default_rng(tmp_path):
    made = read(tmp_path, "units = 4\ninit = { normal = 0.5, seed = 3 }", more="seed = 8")
    assert np.array_equal(made.layers[0].weights, np.random.default_rng(3).normal(0, 0.5, (3, 4)))
    again = read(tmp_path, "units = 4\ninit = { uniform = [0, 2] }", more="seed = 8")
    assert np.array_equal(again.layers[0].weights, np.random.default_rng([8, 0]).uniform(0, 2, (3, 4)))
    rule = read(tmp_path, 'units = 4\ninit = { rule = "he_normal", seed = 3 }')
    wanted = np.random.default_rng(3).normal(0, np.sqrt(2 / 3), (3, 4))
    assert np.array_equal(rule.layers[0].weights, wanted)


def test_with_a_row_for_each_unit_weights_are_drawn_in_that_layout(tmp_path):
    older = 'units = {}\ninit = {{ normal = 0.01, generator = "RandomState"{} }}'
    layout = 'weights_layout = "units, inputs"'
    made = read(tmp_path, older.format(4, ", seed = 2"), older.format(1, ""), layout)
    random = np.random.RandomState(2)
    assert np.array_equal(made.layers[0].weights, (random.randn(4, 3) * 0.01).T)
    assert np.array_equal(made.layers[1].weights, (random.randn(1, 4) * 0.01).T)
    rule = read(tmp_path, 'units = 4\ninit = { rule = "he_normal", seed = 3 }', more=layout)
    wanted = np.random.default_rng(3).normal(0, np.sqrt(2 / 3), (4, 3)).T
    assert np.array_equal(rule.layers[0].weights, wanted)


def test_weights_printed_with_a_row_for_each_unit_are_turned(tmp_path):
    first, second = "weights = [[1, 2, 3], [4, 5, 6]]", "weights = [[7, 8]]"
    made = read(tmp_path, first, second, 'weights_layout = "units, inputs"')
    assert made.sizes == (3, 2, 1)
    assert made.layers[0].weights.tolist() == [[1, 4], [2, 5], [3, 6]]
    assert made.layers[1].weights.tolist() == [[7], [8]]
    (tmp_path / "again.toml").write_text(network_text(made))
    assert np.array_equal(read_network(tmp_path / "again.toml").layers[0].weights, made.layers[0].weights)


SQUARE = """\
loss = "squared_error"
learning_rate = 0.1
{more}
[data]
inputs = [[1, 2]]
labels = [[1, 2]]
[[layers]]
weights = [[1, 2], [{corner}, 4]]
activation = "identity"
"""


def test_square_weights_that_could_be_either_way_round_are_warned_of(tmp_path):
    def warnings(more, corner=3):
        path = tmp_path / "net.toml"
        path.write_text(SQUARE.format(more=more, corner=corner))
        made = read_network(path)
        path.write_text(network_text(made))
        assert read_network(path).warnings == ()
        return made.warnings

    assert ["weights_layout" in text for text in warnings("")] == [True]
    assert warnings('weights_layout = "inputs, units"') == ()
    assert warnings('weights_layout = "units, inputs"') == ()
    assert warnings("", corner=2) == (), "symmetric"
    assert read(tmp_path, "weights = [[1, 2], [3, 4], [5, 6]]", "weights = [[1], [2]]").warnings == ()


@pytest.mark.parametrize("option", ["", "dropout = 0.5", 'normalization = "batch"'])
def test_of_layers_that_are_drawn_nothing_is_known_of_the_way_round(tmp_path, option):
    """The first matrix fits either way, whatever the second one is drawn as."""
    square, drawn = f"weights = [[1, 2], [3, 4]]\n{option}", "units = 1"
    path = tmp_path / "net.toml"
    layers = "[[layers]]\n".join(
        ("", f'{square}\nactivation = "tanh"\n', f'{drawn}\nactivation = "identity"\n')
    )
    head = 'loss = "squared_error"\nlearning_rate = 1\n{}[data]\n'
    head += "inputs = [[1, 2], [3, 5]]\nlabels = [[1], [2]]\n"
    path.write_text(head.format("") + layers)
    assert ["weights_layout" in text for text in read_network(path).warnings] == [True]
    path.write_text(head.format('weights_layout = "units, inputs"\n') + layers)
    assert read_network(path).warnings == ()


@pytest.mark.parametrize(
    ("init", "message"),
    [
        ("{ normal = 1, uniform = [0, 1] }", "normal and uniform in one init"),
        ("{ normal = -1 }", "normal is -1; expected a number, 0 or more"),
        ("{ uniform = [1, -1] }", "expected the lowest and the highest number to draw, like [-1, 1]"),
        ("{ uniform = 1 }", "expected the lowest and the highest"),
        ('{ generator = "Philox" }', "expected one of default_rng, RandomState"),
        ('{ seed = -1, generator = "RandomState" }', "expected a whole number from 0 to 4,294,967,295"),
        ("{ std = 1 }", 'unknown key "std"'),
    ],
)
def test_what_nothing_can_be_drawn_by_is_refused(tmp_path, init, message):
    with pytest.raises(FileError, match=f"net.toml:9: .*{re.escape(message)}"):
        read(tmp_path, f"units = 2\ninit = {init}")


def test_a_row_of_the_wrong_length_is_refused(tmp_path):
    with pytest.raises(FileError, match="weights has 2 columns; expected 3, one for each input of the layer"):
        read(tmp_path, "weights = [[1, 2], [3, 4]]", more='weights_layout = "units, inputs"')


def test_without_a_seed_of_its_own_a_layer_is_drawn_by_the_seed_of_the_file(tmp_path):
    older = read(tmp_path, 'units = 4\ninit = { normal = 0.5, generator = "RandomState" }', more="seed = 8")
    assert np.array_equal(older.layers[0].weights, np.random.RandomState(8).normal(0, 0.5, (3, 4)))
    newer = read(tmp_path, "units = 4\ninit = { normal = 0.5 }", more="seed = 8")
    first, second = (np.random.default_rng(8).normal(0, 0.5, (3, 4)), newer.layers[0].weights)
    assert first.shape == second.shape
    assert not np.array_equal(second, older.layers[0].weights)


@pytest.mark.parametrize(
    ("seed", "generator", "good"),
    [
        (2**32 - 1, "RandomState", True),
        (2**32, "RandomState", False),
        (2**32, "default_rng", True),
        (2**63 - 1, "default_rng", True),
        (-1, "default_rng", False),
    ],
)
def test_a_seed_is_as_large_as_its_generator_takes(tmp_path, seed, generator, good):
    init = f'units = 4\ninit = {{ normal = 0.5, seed = {seed}, generator = "{generator}" }}'
    if good:
        assert read(tmp_path, init).layers[0].weights.shape == (3, 4)
    else:
        with pytest.raises(FileError, match="seed"):
            read(tmp_path, init)
