"""What a recorded pass says of aliases, changes in place, functions and names, one trap after another."""

import re
import textwrap
from pathlib import Path

import numpy as np
import pytest
from test_scripts_equations import assert_equations_give_their_values

from bpstep.script.loop import loop_search
from bpstep.script.opening import open_script


@pytest.fixture
def opened(tmp_path):
    def run(text, index=1):
        path = tmp_path / "script.py"
        path.write_text("import numpy as np\n" + textwrap.dedent(text).lstrip())
        iteration = open_script(path).iteration(index)
        assert_equations_give_their_values(iteration)
        return iteration

    return run


def lines(iteration):
    return [f"{equation.name} = {equation.source}" for equation in iteration.equations]


DATA = """
X = np.array([[0.5, 1.0], [1.5, -1.0], [0.2, 0.3]])
y = np.array([0, 1, 1])
W = np.array([[0.1, -0.2], [0.3, 0.4]])
b = np.zeros(2)
"""


def test_a_parameter_that_gets_its_value_from_a_variable_is_written_by_that_line(opened):
    found = opened(
        DATA
        + """
class Net:
    def fit(self):
        for k in range(5):
            W = self.W
            d = np.tanh(X @ W) - 1
            W_new = W - 0.1 * X.T @ d
            self.W = W_new
net = Net()
net.W = W
net.fit()
"""
    )
    assert lines(found) == ["d = tanh(X @ W) - 1", "W_new = W - 0.1 * X.T @ d", "W = W_new"]
    assert found.carried == ("W",)


def test_a_change_in_place_changes_every_name_of_the_array(opened):
    found = opened(
        DATA
        + """
for k in range(5):
    scores = X @ W
    probs = np.exp(scores) / np.sum(np.exp(scores), axis=1, keepdims=True)
    delta = probs
    delta[range(3), y] -= 1
    dW = X.T @ probs
    W -= 0.1 * dW
"""
    )
    assert lines(found)[2:4] == ["delta = probs - one_hot(y, 2)", "dW = X.T @ delta"]


def test_a_name_that_is_assigned_several_times_has_its_line(opened):
    found = opened(
        DATA
        + """
for k in range(5):
    g = X @ W - 1
    g = g * 2
    W -= 0.1 * X.T @ g
"""
    )
    assert lines(found) == ["g:8 = X @ W - 1", "g:9 = g:8 * 2", "W = W - 0.1 * X.T @ g:9"]


def test_an_old_value_that_is_read_after_the_update_is_kept_under_the_name_it_was_given(opened):
    found = opened(
        DATA
        + """
for k in range(5):
    before = W
    W = W - 0.1 * X.T @ (X @ W - 1)
    b = b - 0.1 * np.sum(X @ before, axis=0) - 0.1 * np.sum(X * b)
"""
    )
    assert lines(found)[:2] == ["before = W", "W = W - 0.1 * X.T @ (X @ W - 1)"]
    assert "X @ before" in lines(found)[2]


def test_a_function_of_one_expression_is_put_in_place_and_remembered(opened):
    found = opened(
        DATA
        + """
def squash(t):
    return 1.0 / (1.0 + np.exp(-t))
def slope(a):
    return a * (1 - a)
for k in range(5):
    a = squash(X @ W)
    W -= 0.1 * X.T @ ((a - 1) * slope(a))
"""
    )
    assert lines(found) == ["a = sigmoid(X @ W)", "W = W - 0.1 * X.T @ ((a - 1) * (a * (1 - a)))"]
    assert [[part.function for part in each.called] for each in found.equations] == [["squash"], ["slope"]]


def test_a_longer_function_is_opened_line_by_line_with_its_call(opened):
    found = opened(
        DATA
        + """
def softmax(s):
    s = s - np.max(s, axis=1, keepdims=True)
    e = np.exp(s)
    return e / np.sum(e, axis=1, keepdims=True)
for k in range(5):
    p = softmax(X @ W)
    W -= 0.1 * X.T @ (p - np.eye(2)[y])
"""
    )
    assert lines(found)[:4] == [
        "s:12 = X @ W",
        "s:8 = s:12 - max(s:12, axis=1, keepdims=True)",
        "e = exp(s:8)",
        "p = e / sum(e, axis=1, keepdims=True)",
    ]
    assert [[call.name for call in equation.call] for equation in found.equations[:4]] == [
        [],
        ["softmax"],
        ["softmax"],
        ["softmax"],
    ]
    assert found.equations[3].written.startswith("return ")


def test_what_a_mask_picks_is_changed_in_the_whole_array(opened):
    found = opened(
        DATA
        + """
for k in range(5):
    h = X @ W
    h[h < 0] *= 0.1
    d = h.copy()
    d[h > 0.2] = 0
    W -= 0.1 * X.T @ d
"""
    )
    assert lines(found)[1:4] == [
        "h:9 = where(h:8 < 0, h:8 * 0.1, h:8)",
        "d:10 = h:9",
        "d:11 = where(h:9 > 0.2, 0, d:10)",
    ]


def test_arguments_named_out_are_changed_in_place(opened):
    found = opened(
        DATA
        + """
for k in range(5):
    d = X @ W - 1
    np.clip(d, -0.5, 0.5, out=d)
    np.multiply(d, 2, d)
    np.subtract(W, 0.1 * X.T @ d, out=W)
"""
    )
    assert lines(found)[1:] == [
        "d:9 = clip(d:8, -0.5, 0.5)",
        "d:10 = d:9 * 2",
        "W = W - 0.1 * X.T @ d:10",
    ]


def test_a_change_of_a_view_changes_the_array_that_it_shows(opened):
    found = opened(
        DATA
        + """
for k in range(5):
    g = X.T @ (X @ W - 1)
    first = g[0]
    first *= 2
    column = g[:, 1]
    column += 1
    W -= 0.1 * g
"""
    )
    assert not any(equation.opaque for equation in found.equations)
    assert lines(found)[-1] == "W = W - 0.1 * g:12"


def test_views_of_one_vector_of_parameters_are_its_parts(opened):
    found = opened(
        """
theta = np.array([0.1, -0.2, 0.3, 0.4, 0.5, 0.6])
W, c = theta[:4].reshape(2, 2), theta[4:]
X = np.array([[0.5, 1.0], [1.5, -1.0]])
grad = np.zeros(6)
for k in range(5):
    d = X @ W + c - 1
    grad[:4] = (X.T @ d).reshape(-1)
    d.sum(axis=0, out=grad[4:])
    theta -= 0.1 * grad
"""
    )
    assert "W = theta[0:4].reshape(2, 2)" in lines(found)
    assert lines(found)[-1] == "theta = theta - 0.1 * grad"
    assert not any(equation.opaque for equation in found.equations)


def test_a_new_value_of_the_same_name_from_a_function_is_one_equation(opened):
    found = opened(
        DATA
        + """
def update(X, W):
    d = X @ W - 1
    W = W - 0.1 * X.T @ d
    return W
for k in range(5):
    W = update(X, W)
"""
    )
    assert lines(found) == ["d = X @ W - 1", "W = W - 0.1 * X.T @ d"]


def test_rows_taken_by_a_variable_come_from_outside(opened):
    found = opened(
        DATA
        + """
for epoch in range(3):
    order = np.random.permutation(3)
    for i in range(0, 3, 2):
        xb = X[order[i:i + 2]]
        yb = y[order[i:i + 2]]
        d = xb @ W - np.eye(2)[yb]
        W -= 0.1 * xb.T @ d
"""
    )
    assert set(found.feeds) == {"xb", "yb"}
    assert lines(found)[-1] == "W = W - 0.1 * xb.T @ d"


def test_keys_and_layers_are_told_apart_by_their_path(opened):
    found = opened(
        DATA
        + """
class Layer:
    def __init__(self, W):
        self.W = W
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, d, rate):
        back = d @ self.W.T
        self.W -= rate * self.x.T @ d
        return back
layers = [Layer(W.copy()), Layer(W + 1)]
for k in range(5):
    x = X
    for layer in layers:
        x = layer.forward(x)
    d = x - 1
    for layer in layers[::-1]:
        d = layer.backward(d, 0.01)
"""
    )
    assert found.carried == ("layers[0].W", "layers[1].W")


def test_a_parameter_that_a_variable_names_too_belongs_to_the_place_that_is_written(opened):
    found = opened(
        DATA
        + """
params = {"W": W, "V": X}
def update(params, gradient):
    params["W"] = params["W"] - 0.1 * gradient
    return params
for k in range(5):
    weights = params["W"]
    d = params["V"] @ weights - 1
    params = update(params, X.T @ d)
""",
        index=0,
    )
    assert found.carried == ("W",)
    assert lines(found)[-1] == "W = W - 0.1 * gradient"


def test_whole_numbers_that_a_function_replaces_are_parameters(opened):
    found = opened(
        DATA
        + """
def step(b, k, rate):
    d = k * X[:, 0] + b
    return [b - rate * d.sum(), k - rate * (X[:, 0] * d).sum()]
b, k = 0, 1
for each in range(5):
    b, k = step(b, k, 0.1)
""",
        index=0,
    )
    assert sorted(found.carried) == ["b", "k"]


def test_tensors_may_be_called_as_functions_or_in_greek(opened):
    found = opened(
        DATA
        + """
for k in range(5):
    max = X @ W
    ΔW = X.T @ (max - 1)
    sum = np.sum(max)
    W -= 0.1 * ΔW + 0 * sum
"""
    )
    assert not any(equation.opaque for equation in found.equations)
    assert "ΔW = X.T @ (max:8 - 1)" in lines(found)


def test_private_names_are_those_that_the_author_wrote(opened):
    found = opened(
        DATA
        + """
class Net:
    def __init__(self):
        self.__W = W
    def step(self):
        self.__d = X @ self.__W - 1
        self.__W = self.__W - 0.1 * X.T @ self.__d
net = Net()
for k in range(5):
    net.step()
"""
    )
    assert lines(found) == ["__d = X @ __W - 1", "__W = __W - 0.1 * X.T @ __d"]


def test_a_float_grows_to_an_array_where_the_script_makes_it_one(opened):
    found = opened(
        DATA
        + """
c = 0.5
for k in range(5):
    d = X @ W + c - 1
    W -= 0.1 * X.T @ d
    c = c - 0.1 * np.sum(d, keepdims=True)
""",
        0,
    )
    assert found.initial["c"] == 0.5
    assert found.equations[-1].value.shape == (1, 1)


def test_float32_stays_float32(opened):
    found = opened(
        DATA
        + """
X, W = X.astype(np.float32), W.astype(np.float32)
for k in range(5):
    d = np.tanh(X @ W) - 1
    W -= np.float32(0.1) * X.T @ d
"""
    )
    assert {equation.value.dtype for equation in found.equations} == {np.dtype(np.float32)}
    assert not any(equation.opaque for equation in found.equations)


def test_appended_values_are_named_by_their_place(opened):
    found = opened(
        DATA
        + """
Ws = [W.copy(), W + 1]
for k in range(5):
    a = [X]
    for M in Ws:
        a.append(np.tanh(a[-1] @ M))
    d = a[-1] - 1
    Ws[1] -= 0.1 * a[-2].T @ d
    Ws[0] -= 0.1 * a[0].T @ (d @ Ws[1].T)
"""
    )
    assert lines(found)[:3] == ["a[1] = tanh(X @ Ws[0])", "a[2] = tanh(a[1] @ Ws[1])", "d = a[2] - 1"]


def test_the_innermost_loop_that_updates_all_parameters_is_chosen(opened, tmp_path):
    opened(
        DATA
        + """
for epoch in range(4):
    for i in range(3):
        h = X[i]
        for M in [W, W]:
            h = np.tanh(h @ M)
        W -= 0.1 * np.outer(X[i], h - 1)
"""
    )
    assert open_script(tmp_path / "script.py").loop.line == 8


def test_a_loop_over_the_rows_of_a_parameter_is_part_of_the_pass_that_trains(opened, tmp_path):
    found = opened(
        DATA
        + """
def update(change):
    for row in W:
        row -= 0.1 * change

for i in range(3):
    h = np.tanh(X[i] @ W)
    update(h.sum())
"""
    )
    assert open_script(tmp_path / "script.py").loop.line == 11
    last = found.equations[-1]
    assert (last.name, last.line) == ("W", 9)
    assert not last.opaque
    assert [each.name.split(":")[0] for each in found.equations[-4:]] == ["row", "W", "row", "W"]


def test_a_row_that_a_loop_draws_from_what_the_pass_changes_is_a_part_of_it(opened):
    """Also where the array itself is first read after its change; a row of data is a sample."""
    found = opened(
        DATA
        + """
for x in X:
    h = np.array([row @ x for row in W])
    dW = np.outer(h - 1, x)
    for row, change in zip(W, dW):
        row[:] = row - 0.1 * change
"""
    )
    assert set(found.feeds) == {"x"}
    assert found.carried == ("W",)
    W = np.array([[0.1, -0.2], [0.3, 0.4]])
    for x in ([0.5, 1.0], [1.5, -1.0]):
        before, W = W, W - 0.1 * np.outer([row @ x for row in W] - np.ones(2), x)
    assert found.initial["W"].tolist() == before.tolist()
    assert found.equations[-1].value.tolist() == W.tolist()
    assert [each.name for each in found.equations if each.opaque] == []


def test_a_loop_that_sums_gradients_up_is_not_the_training_loop(opened, tmp_path):
    opened(
        DATA
        + """
for epoch in range(4):
    g = np.zeros_like(W)
    for i in range(3):
        g += np.outer(X[i], X[i] @ W - 1)
    W -= 0.1 * g / 3
"""
    )
    assert open_script(tmp_path / "script.py").loop.line == 7


def test_past_the_end_of_the_loop_its_body_runs_again(opened):
    text = DATA + "\nfor k in range(3):\n    W -= 0.1 * X.T @ (X @ W - 1)\n"
    assert [opened(text, index).ended for index in (0, 2, 3, 5)] == [False, False, True, True]
    before, after = opened(text, 3), opened(text, 4)
    np.testing.assert_array_equal(after.initial["W"], before.equations[-1].value)


def test_random_draws_come_from_outside(opened):
    found = opened(
        DATA
        + """
rng = np.random.default_rng(3)
for k in range(5):
    keep = np.random.binomial(1, 0.5, (3, 2)) / 0.5
    d = (X @ W) * keep * (rng.random((3, 2)) < 0.9) - 1
    W -= 0.1 * X.T @ d
"""
    )
    assert lines(found)[:2] == ["keep = binomial / 0.5", "d = X @ W * keep * (random < 0.9) - 1"]
    assert set(found.feeds) == {"binomial", "random"}


def test_a_perceptron_is_stepped_at_the_loop_whose_branches_depend_on_its_weights(opened, tmp_path):
    opened(
        DATA
        + """
w = np.zeros(2)
sign = np.array([1, -1, -1])
for epoch in range(4):
    total = 0.0
    for i in range(3):
        if sign[i] * (X[i] @ w) <= 0:
            w += sign[i] * X[i]
    for i in range(3):
        total += X[i] @ w
"""
    )
    assert open_script(tmp_path / "script.py").loop.line == 11


UNSURE = """
import numpy as np
X = np.array([[1.0, 2.0], [-1.0, 0.5], [-0.5, -1.0]])
sign = np.array([1, -1, -1])
for rate in [0.5]:
    w = np.zeros(2)
    for epoch in range(8):
        for i in range(3):
            error = sign[i] if sign[i] * (X[i] @ w) <= 0 else 0
            if error:
                w += error * X[i]
"""
"""A perceptron whose weights come from its errors by branches only."""


def test_a_long_pass_around_the_loops_that_are_known_does_not_hide_them(monkeypatch, tmp_path):
    monkeypatch.setattr(loop_search, "_MAX_ITEMS", 6)
    path = tmp_path / "script.py"
    path.write_text(UNSURE)
    assert open_script(path).loop.line == 8


def test_a_loop_that_runs_while_its_module_is_imported_is_not_the_one_to_step(tmp_path):
    training = """
def train(w, rate):
    for k in range(3):
        w -= rate * 2 * w
    return w
"""
    (tmp_path / "learner.py").write_text(f"import numpy as np\n{training}\ntrain(np.ones(2), 0.1)\n")
    path = tmp_path / "script.py"
    path.write_text(f"import numpy as np\nimport learner\n{training}\nprint(train(np.ones(2), 0.2))\n")
    found = open_script(path).loop
    assert (found.line, Path(found.file).name) == (5, "script.py")


def test_a_line_that_runs_hundreds_of_times_is_shown_once_with_its_last_value(opened):
    found = opened(
        DATA
        + """
image = np.linspace(0, 1, 324).reshape(18, 18)
for k in range(5):
    result = np.zeros((18, 18))
    for i in range(18):
        for j in range(18):
            result[i, j] = np.sum(image[i:i + 2, j:j + 2]) * W[0, 0]
    W -= 0.001 * np.mean(result)
"""
    )
    assert len(found.equations) < 300
    many = [equation for equation in found.equations if "hundreds of times" in equation.opaque]
    assert len(many) == 1
    assert many[0].value[17, 17] != 0
    assert found.carried == ("W",)


def test_a_loop_in_a_method_that_a_base_class_calls_is_stepped(opened):
    found = opened(
        DATA
        + """
class Base:
    def __call__(self, x):
        return self.run(x)
class Net(Base):
    def run(self, x):
        global W
        for k in range(4):
            W = W - 0.1 * x.T @ (x @ W - 1)
        return W
net = Net()
result = net(X)
"""
    )
    assert lines(found) == ["W = W - 0.1 * x.T @ (x @ W - 1)"]


def test_a_loop_that_cannot_be_paused_gives_way_to_the_one_around_it(opened, tmp_path):
    opened(
        DATA
        + """
def step(W):
    for k in range(3):
        W -= 0.1 * X.T @ (X @ W - 1)
    return W
for epoch in range(4):
    last = [step(W) for W in [W]]
"""
    )
    assert open_script(tmp_path / "script.py").loop.line == 11


def test_an_iterator_over_cells_goes_back_with_its_pass(opened, tmp_path):
    opened(
        DATA
        + """
numeric = np.zeros_like(W)
cells = np.nditer(W, flags=["multi_index"])
while not cells.finished:
    at = cells.multi_index
    W[at] -= 0.1 * np.sum(W @ W.T)
    numeric[at] = np.sum(W)
    cells.iternext()
"""
    )
    script = open_script(tmp_path / "script.py")
    seen = {}
    for index in (0, 1, 2, 3, 2, 0, 3, 1):
        script.iteration(index)
        variables = script.variables(index)
        found = variables["cells"].multi_index, variables["numeric"].tolist()
        assert seen.setdefault(index, found) == found


def test_the_state_of_a_backward_pass_is_no_parameter_while_the_loop_around_is_not_known(tmp_path):
    path = tmp_path / "script.py"
    path.write_text(
        "import numpy as np\n"
        + DATA
        + """
def back(d):
    for t in range(4):
        d = np.tanh(d @ W)
    return d
for epoch in range(1):
    g = back(X)
    W -= 0.1 * X.T @ g
"""
    )
    assert open_script(path).loop.written == "for epoch in range(1):"


def test_samples_of_a_long_epoch_are_the_passes(tmp_path):
    path = tmp_path / "script.py"
    path.write_text(
        "import numpy as np\n"
        + DATA
        + """
V = W.copy()
for epoch in range(3):
    for i in range(200):
        if i % 2:
            V -= 0.01 * np.outer(X[i % 3], X[i % 3] @ V - 1)
        else:
            W -= 0.01 * np.outer(X[i % 3], X[i % 3] @ W - 1)
"""
    )
    assert open_script(path).loop.written == "for i in range(200):"


@pytest.mark.parametrize("zero", ["0", "0.0"])
def test_a_number_that_is_written_to_an_attribute_is_that_number_where_it_is_read(opened, zero):
    """The same zero stands in every object, those of earlier passes too: no name tells which is meant."""
    found = opened(
        f"""
        class Number:
            def __init__(self, data):
                self.data = data
                self.grad = {zero}
        w, v = Number(0.5), Number(-0.3)
        for step in range(5):
            made = Number(w.data * v.data)
            made.grad = 1.0
            for other, each in ((v, w), (w, v)):
                each.grad = {zero}
                each.grad += other.data * made.grad
            for each in (w, v):
                each.data -= 0.1 * each.grad
        """
    )
    written = {equation.name: equation.source for equation in found.equations}
    assert written["w.grad"] == f"{zero} + v.data * 1.0"
    assert written["w.data"] == "w.data - 0.1 * w.grad"
    assert set(found.carried) == {"w.data", "v.data"}


def test_calls_that_pick_split_stride_and_divide_are_expressions(opened):
    found = opened(
        """
        from functools import partial
        from numpy.lib.stride_tricks import as_strided, sliding_window_view

        Z = np.arange(30.0).reshape(6, 5) / 7
        order = np.array([[1, 3], [0, 0], [4, 1], [2, 2], [0, 4], [3, 1]])
        classes = order[:, 0]
        total = partial(np.sum, axis=1, keepdims=True)

        def scaled(a, factor):
            b = a * factor
            return b + 1

        doubled = partial(scaled, factor=2.0)
        for k in range(5):
            shares = Z / total(Z)
            cells = np.take_along_axis(Z, classes[:, None], axis=1)
            pairs = np.take_along_axis(Z, order, 1)
            ranked = np.take_along_axis(Z, order.T[:, :5] % 6, axis=0)
            hot = np.zeros((6, 5))
            np.put_along_axis(hot, classes[:, None], 1, axis=1)
            marked = Z * 2
            np.put_along_axis(marked, order, 0.5, axis=1)
            a, b = Z.strides
            patches = as_strided(Z, (3, 2, 2, 2), (2 * a, 2 * b, a, b))
            around = sliding_window_view(Z, (2, 3))
            runs = sliding_window_view(Z, 2, axis=1)
            counts = Z // 0.37
            rests = (Z + 1) % 0.37
            other = np.mod(-Z, 0.37)
            ceilings = np.ceil(Z)
            first, second = np.split(Z, 2)
            left, right = np.hsplit(Z, [2])
            steps = np.diff(Z, axis=0)
            rows = np.resize(Z[:, 0], (2, 6))
            fewer = np.resize(Z, (3, 2))
            twice = doubled(Z)
            Z = Z * 0.9
        """,
        0,
    )
    assert [equation.name for equation in found.equations if equation.opaque] == []
    sources = {equation.name: equation.source for equation in found.equations}
    assert sources["shares"] == "Z / sum(Z, axis=1, keepdims=True)"
    assert sources["cells"] == "Z[arange(6), classes][:, None]"
    assert sources["pairs"] == "sum(Z[:, None] * one_hot(order, 5), axis=2)"
    assert sources["hot"] == "one_hot(classes, 5)"
    assert sources["patches"] == "windows(Z, (2, 2), axis=(0, 1))[:5:2][:, :3:2]"
    assert sources["runs"] == "windows(Z, 2, axis=1)"
    assert sources["rests"] == "Z + 1 - floor((Z + 1) / 0.37) * 0.37"
    assert (sources["first"], sources["right"]) == ("Z[0:3]", "Z[:, 2:5]")
    assert sources["rows"] == "Z[:, 0] * ones((2, 6))"


def test_a_part_of_a_split_array_that_is_changed_in_place_changes_the_array(opened):
    found = opened(
        DATA
        + """
for k in range(5):
    Z = X @ W
    left, right = np.split(Z, 2, axis=1)
    left *= 2
    W = W - 0.1 * X.T @ Z
"""
    )
    assert [equation.name for equation in found.equations if equation.opaque] == []


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ('print("Loss:", np.mean(e ** 2))', "Loss"),
        ('print("epoch", k, "mse", np.mean(e ** 2), end="")', "mse"),
        ('print(f"epoch {k}: error = {np.mean(e ** 2):.4f}")', "error"),
        ('print("after %d: cost %.3f %%" % (k, np.mean(e ** 2)))', "cost"),
        ('print("epoch {} {:.3f}".format(k, np.mean(e ** 2)))', "mean:10"),
        ('print("total " + str(round(np.sum(e ** 2), 4)))', "sum:10"),
        ("plt.plot(k, np.mean(e ** 2))", "mean:10"),
        ("history.append(np.mean(e ** 2))", "history[1]"),
        ('history.append(f"{np.mean(e ** 2)}")', "mean:10"),
    ],
)
def test_a_number_that_is_only_written_out_is_an_equation_called_as_the_text_before_it(opened, line, name):
    found = opened(
        """
        import matplotlib.pyplot as plt
        X, y, w = np.eye(4), np.arange(4.0), np.zeros(4)
        history = []
        lr = 0.1
        for k in range(5):
            e = X @ w - y
            w -= lr * X.T @ e
            if k < 3:
        """
        + f"        {line}\n"
    )
    shown = found.equations[-1]
    assert shown.name == name
    assert shown.source in ("mean(e**2)", "sum(e**2)")
    assert (shown.line, shown.aside) == (10, True)


@pytest.mark.parametrize("printed", ["lr * 2", "w[0]", "e", "k + 1", "total"])
def test_what_is_written_out_and_is_no_result_or_has_a_name_is_no_new_equation(opened, printed):
    found = opened(
        f"""
        X, y, w = np.eye(4), np.arange(4.0), np.zeros(4)
        lr = 0.1
        for k in range(5):
            e = X @ w - y
            total = np.sum(e)
            w -= lr * X.T @ e
            print("value", {printed})
        """
    )
    assert [equation.name for equation in found.equations] == ["e", "total", "w"]


def test_a_lambda_within_a_call_is_recorded_in_every_pass(tmp_path):
    path = tmp_path / "lambdas.py"
    path.write_text(
        "import numpy as np\n"
        "class Activation:\n"
        "    def __init__(self, f):\n"
        "        self.f = f\n"
        "class Tanh(Activation):\n"
        "    def __init__(self):\n"
        "        super().__init__(lambda x: np.tanh(x))\n"
        "act = Tanh()\n"
        "W, X = np.ones((2, 1)) / 3, np.eye(2)\n"
        "for step in range(9):\n"
        "    H = act.f(X @ W)\n"
        "    W -= 0.1 * X.T @ H\n"
    )
    script = open_script(path)
    for index in (0, 1, 2, 5, 3):
        ran = script.iteration(index)
        assert ran.named["H"].source == "tanh(X @ W)", index
        assert np.array_equal(ran.named["H"].value, np.tanh(ran.initial["X"] @ ran.initial["W"]))


# Every form of an expression and of a change, and the equations that it is read as

MANY_FORMS = """
import math
X = np.array([[0.5, 1.0], [1.5, -1.0], [0.2, 0.3]])
y = np.array([0, 1, 1])
W = np.array([[0.1, -0.2], [0.3, 0.4]])
b = np.array([0.7, -0.3])
rows = [np.array([1.0, 2.0]), np.array([3.0, 4.0])]
net = {"W": W * 2, "b": b}
s = 0.5
def sig(z):
    return 1 / (1 + np.exp(-z))
def two(z, k=2):
    a = z * k
    return a, a + 1
def put(d, k, v):
    d[k] = v
    return d
for step in range(3):
    z = X @ W + b
"""

EXPRESSIONS = [
    # What the language lacks counts as given, and is no equation.
    *((text, "") for text in ("np.std(z, ddof=1)", "np.sum(z, where=z > 0)", "np.sum(z, initial=2.0)")),
    *((text, "") for text in ("np.max(z, axis=0, initial=0.0)", "np.kron(b, b)", "np.where(z > 0, 1, 0)")),
    ("np.sum(z, axis=(0, 1))", "sum(z, axis=(0, 1))"),
    ("np.sum(z, axis=-1)", "sum(z, axis=-1)"),
    ("np.sum(b, axis=0, keepdims=True)", "sum(b, axis=0, keepdims=True)"),
    ("np.mean(z, axis=(0, 1), keepdims=True)", "mean(z, axis=(0, 1), keepdims=True)"),
    ("np.max(z, axis=-1)", "max(z, axis=-1)"),
    ("np.prod(z, axis=0)", ""),
    ("np.cumsum(z, axis=0)", ""),
    ("np.cumsum(z, axis=1)", ""),
    ("np.diff(z, axis=0)", "z[1:] - z[:-1]"),
    ("np.diff(z, axis=1)", "z[:, 1:] - z[:, :-1]"),
    ("np.diff(b, n=2)", ""),
    ("np.clip(z, None, 1)", "minimum(z, 1)"),
    ("np.clip(z, 0, None)", "maximum(z, 0)"),
    ("z.clip(min=0)", "maximum(z, 0)"),
    ("np.concatenate([z, X], axis=None)", ""),
    ("np.concatenate([z, X], axis=-1)", "concatenate([z, X], axis=-1)"),
    ("np.stack([b, b], axis=1)", "stack([b, b], axis=1)"),
    ("np.stack([z, X], axis=-1)", "stack([z, X], axis=-1)"),
    ("np.dstack([z, X])", ""),
    ("np.tile(z, (2, 1))", "concatenate([z, z], axis=0)"),
    ("np.tile(b, (2, 1))", "concatenate([b.reshape(1, 2), b.reshape(1, 2)], axis=0)"),
    ("np.repeat(z, 2, axis=0)", "repeat(z, 2, axis=0)"),
    ("np.repeat(z, 2)", "repeat(z, 2)"),
    ("np.ones_like(z) * z", "ones_like(z) * z"),
    ("np.full_like(z, 2.0) * z", "2.0 * ones((3, 2)) * z"),
    ("np.identity(2) @ W", "one_hot(arange(2), 2) @ W"),
    ("np.diag(b)", "b * one_hot(arange(2), 2)"),
    ("np.diag(W, k=1)", ""),
    ("np.triu(W, k=1)", "where(arange(2) - (arange(2)[:, None] + 1) >= 0, W, 0)"),
    ("np.tril(W)", "where(arange(2) - arange(2)[:, None] <= 0, W, 0)"),
    ("np.tril(W, -1)", "where(arange(2) - (arange(2)[:, None] + -1) <= 0, W, 0)"),
    ("np.roll(z, 1, axis=0)", "concatenate([z[2:], z[:2]], axis=0)"),
    ("np.roll(z, -1, axis=1)", "concatenate([z[:, 1:], z[:, :1]], axis=1)"),
    ("np.roll(z, 1)", ""),
    ("np.flip(z, axis=1)", "z[:, ::-1]"),
    ("np.flip(z)", "z[::-1, ::-1]"),
    ("np.fliplr(z)", "z[:, ::-1]"),
    ("np.flipud(z)", "z[::-1]"),
    ("np.expand_dims(z, -1)", "z.reshape(3, 2, 1)"),
    ("np.expand_dims(z, axis=1)", "z.reshape(3, 1, 2)"),
    ("np.squeeze(z[:, None], axis=1)", "z[:, None].reshape(3, 2)"),
    ("np.swapaxes(z, 0, 1)", "swapaxes(z, 0, 1)"),
    ("np.moveaxis(z[None], 0, -1)", "transpose(z[None], (1, 2, 0))"),
    ("np.transpose(z[None], (2, 0, 1))", "transpose(z[None], (2, 0, 1))"),
    ("z[None].transpose(1, 0, 2)", "transpose(z[None], (1, 0, 2))"),
    ("np.tensordot(z, W, axes=1)", "einsum('ab,bd->ad', z, W)"),
    ("np.tensordot(z, W, axes=([1], [0]))", "einsum('ab,bd->ad', z, W)"),
    ('np.einsum("ij->i", z)', "einsum('ij->i', z)"),
    ('np.einsum("ij,ij->", z, X)', "einsum('ij,ij->', z, X)"),
    ("np.linalg.norm(z, axis=1)", "sqrt(sum(z**2, axis=1))"),
    ("np.linalg.norm(b, 1)", ""),
    ("np.linalg.norm(z, axis=1, keepdims=True)", "sqrt(sum(z**2, axis=1, keepdims=True))"),
    ("np.power(2.0, z)", "2.0**z"),
    ("np.logaddexp(z, X)", "maximum(z, X) + log1p(exp(-abs(z - X)))"),
    ("np.heaviside(z, 0.5)", "where(z > 0, 1, where(z < 0, 0, 0.5))"),
    ("np.pad(z, 1)", "pad(z, ((1, 1), (1, 1)))"),
    ("np.pad(z, ((1, 0), (0, 0)))", "pad(z, ((1, 0), (0, 0)))"),
    ("np.broadcast_to(b, (3, 2)) * 2", "b * ones((3, 2)) * 2"),
    ('z.reshape(2, 3, order="F")', ""),
    ('z.ravel(order="F")', ""),
    ("np.atleast_2d(b)", "b.reshape(1, 2)"),
    ("np.average(z)", "mean(z)"),
    ("np.average(z, axis=0)", "mean(z, axis=0)"),
    ("np.average(b, weights=[1.0, 3.0])", ""),
    ("np.median(z)", ""),
    ("np.nan_to_num(z)", "z"),
    ("np.floor(z) * z", "floor(z) * z"),
    ("np.ceil(z) * z", "-floor(-z) * z"),
    ("np.mod(z, 0.3)", "z - floor(z / 0.3) * 0.3"),
    ("np.remainder(z, 0.3)", "z - floor(z / 0.3) * 0.3"),
    ("np.floor_divide(z, 0.3)", "floor(z / 0.3)"),
    ("np.true_divide(z, 2)", "z / 2"),
    ("np.float_power(np.abs(z), 2)", "abs(z)**2"),
    ("np.hypot(z, X)", ""),
    ("np.arctan(z)", "arctan(z)"),
    ("np.sinh(z)", "sinh(z)"),
    ("np.cosh(z)", "cosh(z)"),
    ("np.log2(np.abs(z))", "log(abs(z)) / log(2)"),
    ("np.log10(np.abs(z))", "log(abs(z)) / log(10)"),
    ("np.exp2(z)", "2**z"),
    ("np.reciprocal(z)", "1 / z"),
    ("np.fabs(z)", "abs(z)"),
    ("np.maximum.reduce(z)", "max(z, axis=0)"),
    ("np.add.reduce(z, axis=0)", "sum(z, axis=0)"),
    ("np.multiply.outer(b, b)", "outer(b, b)"),
    ("np.ptp(z)", "max(z) - min(z)"),
    ("np.var(z, axis=1, keepdims=True)", "var(z, axis=1, keepdims=True)"),
    ("np.std(z, axis=0)", "std(z, axis=0)"),
    ("np.min(z)", "min(z)"),
    ("np.amax(z, axis=0)", "max(z, axis=0)"),
    ("np.amin(z)", "min(z)"),
    ("np.count_nonzero(z > 0) * b", "sum((z > 0) != 0) * b"),
    ("np.any(z > 0) * b", "any(z > 0) * b"),
    ("np.all(z > 0) * b", "all(z > 0) * b"),
    ("np.vander(b, 3)", ""),
    ("np.cov(z)", ""),
    ("np.linalg.inv(W)", ""),
    ("np.linalg.det(W)", ""),
    ("np.arange(2) * b", "arange(2) * b"),
    ("np.arange(1, 5, 2) * b", "arange(1, 5, 2) * b"),
    ("np.meshgrid(b, b)[0]", ""),
    ("np.split(z, 3)[0]", "z[0:1]"),
    ("np.array([b, b])", "stack([b, b])"),
    ("np.array([b * 2, [1.0, 2.0]])", "stack([b * 2, stack([1.0, 2.0])])"),
    ("np.asarray([b[0], b[1]])", "stack([b[0], b[1]])"),
    ("np.float64(b[0])", "b[0]"),
    ("math.log(abs(b[0]))", "log(abs(b[0]))"),
    ("math.pow(b[0], 2)", "b[0]**2"),
    ("abs(b[0])", "abs(b[0])"),
    ("divmod(b[0], 2)[0]", ""),
    ("z.T.dot(X)", "z.T @ X"),
    ("z.mean(0)", "mean(z, axis=0)"),
    ("z.sum(-1, keepdims=True)", "sum(z, axis=-1, keepdims=True)"),
    ("z.max(axis=0)", "max(z, axis=0)"),
    ("z.std()", "std(z)"),
    ("z.argmax(axis=1) * 1.0", "argmax(z, axis=1) * 1.0"),
    ("z.flatten()[::2]", "z.reshape(-1)[::2]"),
    ("z.squeeze()", ""),
    ("z.cumsum(axis=0)", ""),
    ("z.repeat(2, axis=1)", "repeat(z, 2, axis=1)"),
    ("z.swapaxes(0, 1)", "swapaxes(z, 0, 1)"),
    ("z.dot(W).sum(axis=1)", "sum(z @ W, axis=1)"),
    ("z.item(0) * b", "z[0, 0] * b"),
    ("z.prod(axis=0)", ""),
    ("z.min(axis=1)", "min(z, axis=1)"),
    ("z.trace()", ""),
    ("z.diagonal()", ""),
    ("np.std(z, ddof=0)", "std(z)"),
    ("z.T @ X", "z.T @ X"),
    ("z @ W.T", "z @ W.T"),
    ("-z", "-z"),
    ("+z", "z"),
    ("z ** 2", "z**2"),
    ("z // 0.5", "floor(z / 0.5)"),
    ("z % 0.3", "z - floor(z / 0.3) * 0.3"),
    ("2 / (z + 5)", "2 / (z + 5)"),
    ("np.dot(X, W)", "X @ W"),
    ("X.dot(W)", "X @ W"),
    ("np.matmul(X, W)", "X @ W"),
    ("np.multiply(z, 2)", "z * 2"),
    ("np.add(z, z)", "z + z"),
    ("np.subtract(z, 1)", "z - 1"),
    ("np.divide(z, 2)", "z / 2"),
    ("np.power(z, 3)", "z**3"),
    ("np.negative(z)", "-z"),
    ("np.square(z)", "square(z)"),
    ("np.exp(z)", "exp(z)"),
    ("np.log(np.abs(z) + 1)", "log(abs(z) + 1)"),
    ("np.log1p(np.abs(z))", "log1p(abs(z))"),
    ("np.expm1(z)", "expm1(z)"),
    ("np.sqrt(np.abs(z))", "sqrt(abs(z))"),
    ("np.tanh(z)", "tanh(z)"),
    ("np.sin(z) + np.cos(z)", "sin(z) + cos(z)"),
    ("np.sign(z)", "sign(z)"),
    ("np.abs(z)", "abs(z)"),
    ("abs(z)", "abs(z)"),
    ("np.maximum(z, 0)", "maximum(z, 0)"),
    ("np.minimum(0, z)", "minimum(0, z)"),
    ("np.clip(z, -1, 1)", "clip(z, -1, 1)"),
    ("z.clip(0, 1)", "clip(z, 0, 1)"),
    ("np.where(z > 0, z, 0.1 * z)", "where(z > 0, z, 0.1 * z)"),
    ("(z > 0) * z", "(z > 0) * z"),
    ("(z < 0).astype(float)", "(z < 0) * 1"),
    ("np.sum(z)", "sum(z)"),
    ("z.sum()", "sum(z)"),
    ("np.sum(z, axis=0)", "sum(z, axis=0)"),
    ("z.sum(axis=1, keepdims=True)", "sum(z, axis=1, keepdims=True)"),
    ("np.sum(z, 0)", "sum(z, axis=0)"),
    ("z.mean()", "mean(z)"),
    ("np.mean(z, axis=0)", "mean(z, axis=0)"),
    ("z.mean(axis=1, keepdims=True)", "mean(z, axis=1, keepdims=True)"),
    ("np.max(z, axis=1, keepdims=True)", "max(z, axis=1, keepdims=True)"),
    ("z.max()", "max(z)"),
    ("np.min(z, axis=0)", "min(z, axis=0)"),
    ("np.std(z)", "std(z)"),
    ("z.var(axis=0)", "var(z, axis=0)"),
    ("np.prod(b)", "b[0] * b[1]"),
    ("np.cumsum(b)", "(arange(2) <= arange(2)[:, None]) @ b"),
    ("np.linalg.norm(z)", "sqrt(sum(z**2))"),
    ("z.T", "z.T"),
    ("z.transpose()", "z.T"),
    ("np.transpose(z)", "z.T"),
    ("z.reshape(2, 3)", "z.reshape(2, 3)"),
    ("z.reshape(-1)", "z.reshape(-1)"),
    ("z.reshape((6, 1))", "z.reshape(6, 1)"),
    ("z.ravel()", "z.reshape(-1)"),
    ("z.flatten()", "z.reshape(-1)"),
    ("np.reshape(z, (2, 3))", "z.reshape(2, 3)"),
    ("z[0]", "z[0]"),
    ("z[0, 1]", "z[0, 1]"),
    ("z[:, 1]", "z[:, 1]"),
    ("z[1:]", "z[1:]"),
    ("z[1:, :1]", "z[1:, :1]"),
    ("z[-1]", "z[-1]"),
    ("z[::2]", "z[::2]"),
    ("z[y]", "z[y]"),
    ("z[[0, 2]]", "z[value]"),
    ("z[range(3), y]", "z[arange(3), y]"),
    ("z[np.arange(3), y]", "z[arange(3), y]"),
    ("z[:, None]", "z[:, None]"),
    ("z[:, np.newaxis, :]", "z[:, None]"),
    ("np.expand_dims(b, 0)", "b.reshape(1, 2)"),
    ("np.squeeze(z[None])", "z[None].reshape(3, 2)"),
    ("np.outer(b, b)", "outer(b, b)"),
    ("np.concatenate([z, X])", "concatenate([z, X], axis=0)"),
    ("np.concatenate((z, X), axis=1)", "concatenate([z, X], axis=1)"),
    ("np.hstack([z, X])", "concatenate([z, X], axis=1)"),
    ("np.vstack([z, X])", "concatenate([z, X], axis=0)"),
    ("np.stack([b, b])", "stack([b, b], axis=0)"),
    ("np.column_stack([b, b])", "concatenate([b[:, None], b[:, None]], axis=1)"),
    ("np.append(b, b)", "concatenate([b.reshape(-1), b.reshape(-1)], axis=0)"),
    ("np.tile(b, 2)", "concatenate([b, b], axis=0)"),
    ("np.repeat(b, 2)", "repeat(b, 2)"),
    ("np.zeros_like(z) + z", "zeros_like(z) + z"),
    ("np.ones((3, 2)) * z", "ones((3, 2)) * z"),
    ("np.full((3, 2), 0.5) - z", "0.5 * ones((3, 2)) - z"),
    ("np.eye(2) @ W", "one_hot(arange(2), 2) @ W"),
    ("np.eye(2)[y] - z", "one_hot(arange(2), 2)[y] - z"),
    ("np.zeros(2) + b", "zeros((2,)) + b"),
    ("np.array([z[0, 0], s])", "stack([z[0, 0], s])"),
    ("np.array([[1.0, 2.0]]) @ W", "array @ W"),
    ('np.einsum("ij,jk->ik", X, W)', "einsum('ij,jk->ik', X, W)"),
    ("z.copy()", "z"),
    ("np.copy(z)", "z"),
    ("float(z[0, 0])", "z[0, 0]"),
    ("sum(b)", "sum(b)"),
    ("max(z[0, 0], 0.0)", "z[0, 0]"),
    ("math.exp(s) * b", "exp(s) * b"),
    ("math.sqrt(s) * b", "sqrt(s) * b"),
    ("math.tanh(z[0, 0])", "tanh(z[0, 0])"),
    ("pow(z, 2)", "z**2"),
    ("sig(z)", "sigmoid(z)"),
    ("two(z)[1]", "a = z * k; a + 1"),
    ('net["W"] @ net["b"]', "net.W @ b"),
    ("rows[1] @ W", "rows[1] @ W"),
    ("rows[0] * rows[-1]", "rows[0] * rows[1]"),
    ("[r * s for r in rows][0]", "rows[0] * s"),
    ("sum(r @ b for r in rows)", "rows[0] @ b + rows[1] @ b"),
    ("sum([v * s for v in b])", "v = b[0]; v = b[1]; v * s + v * s"),
    ("(lambda q: q * s)(b)", "b * s"),
    ("z.shape[0] * b", "size(z, 0) * b"),
    ("len(X) * b", "size(X, 0) * b"),
    ("X.size * s * b", "size(X) * s * b"),
    ("z / X.shape[1]", "z / size(X, 1)"),
    ("np.mean((z - X) ** 2)", "mean((z - X)**2)"),
    ("-np.mean(np.log(sig(z))[range(3), y])", "-mean(log(sigmoid(z))[arange(3), y])"),
    ("np.trace(W)", "sum(W[arange(2), arange(2)])"),
    ("np.diag(W)", "W[arange(2), arange(2)]"),
    ("np.diff(b)", "b[1:] - b[:-1]"),
    ("np.roll(b, 1)", "concatenate([b[1:], b[:1]], axis=0)"),
    ("np.flip(b)", "b[::-1]"),
    ("z[::-1]", "z[::-1]"),
    ("np.triu(W)", "where(arange(2) - arange(2)[:, None] >= 0, W, 0)"),
    ("np.dot(b, b)", "b @ b"),
    ("b @ b", "b @ b"),
    ("np.inner(b, b)", "b @ b"),
    ("np.vdot(b, b)", "sum(b * b)"),
    ("np.random.rand(2) * 0 + b", "rand * 0 + b"),
    ("np.c_[z, X]", "concatenate([z, X], axis=1)"),
    ("np.c_[b, b]", "concatenate([b[:, None], b[:, None]], axis=1)"),
    ("np.r_[b, b]", "concatenate([b, b], axis=0)"),
    ("np.r_[b, s]", "concatenate([b, stack([s])], axis=0)"),
    ("np.r_[z, X]", "concatenate([z, X], axis=0)"),
    (
        "np.c_[z, np.median(z, axis=1)]",
        "median = median (median() is not in the language); concatenate([z, median[:, None]], axis=1)",
    ),
    ("np.median(z, axis=0)[0]", "median = median (median() is not in the language); median[0]"),
    ("np.median(z, axis=0).T", "median = median (median() is not in the language); median"),
    ("z[[True, False, True]]", ""),
    ("z[range(0, 3, 2)]", "z[arange(0, 3, 2)]"),
    ("z[range(1, 3)]", "z[arange(1, 3)]"),
    ("z[np.array([2, 0])]", "z[array]"),
    ("z[..., 1]", "z[:, 1]"),
    ("z[None, ..., 0]", "z[None, :, 0]"),
    ("z[1:, ...]", "z[1:]"),
    ("z[:, ::-1][0]", "z[:, ::-1][0]"),
    ("z[y, 1:]", "z[y, 1:]"),
    ("z[y][:, y[:1]]", "z[y][:, y[:1]]"),
    ("z.real + 1", "z + 1"),
    ("z.mT", "z.T"),
    ("b.T * 2", "b * 2"),
    ("z.size * b", "size(z) * b"),
    ("z.T.shape[0] * b", "size(z.T, 0) * b"),
    ("np.sum(z[z > 0])", ""),
    ("np.exp(z[z > 0])", ""),
    ("np.mean(z[z > 0] ** 2)", ""),
    ("z[z > 0] * X[z > 0]", ""),
    ("z[z > 0] - 1", ""),
    ("np.sum(z[y > 0])", ""),
    ("((z > 0) ^ (X > 0)) * 1.0", "value = value (the operator ^ is not in the language); value * 1.0"),
    ("((z > 0) & (X > 0)) * z", "(z > 0) * (X > 0) * z"),
    ("(~(z > 0)) * z", "((z > 0) == 0) * z"),
    ("np.maximum(z[0], z[1]) - np.minimum(z[1:], 0)", "maximum(z[0], z[1]) - minimum(z[1:], 0)"),
    ("np.array([[z[0, 0], 1.0], [2.0, z[1, 1]]])", "stack([stack([z[0, 0], 1.0]), stack([2.0, z[1, 1]])])"),
    ("np.array([z[0], [1.0, 2.0], b])", "stack([z[0], stack([1.0, 2.0]), b])"),
    ("np.array([b[0], -b[1], 2])", "stack([b[0], -b[1], 2])"),
    ("sum([z[0, 0], z[1, 1]], 1.0)", ""),
    ("sum(z[0])", "sum(z[0])"),
    ("max(b) * s", "max(b) * s"),
    ("min(b[0], s)", ""),
    ("[z[0], z[1]][1] * 2", "z[1] * 2"),
    ('{"k": z[0]}["k"] * 2', "z[0] * 2"),
    ("(z, X)[1] + z", "X + z"),
    ("[row @ W for row in z][0]", "row = z[0]; row @ W"),
    ("[q for q in b][1] * s", "q = b[0]; q = b[1]; q * s"),
    (
        "np.array([row * 2 for row in z])",
        "row = z[0]; row = z[1]; row = z[2]; stack([row * 2, row * 2, row * 2])",
    ),
    ("np.vectorize(lambda v: v * 2 + 1)(z)", "z * 2 + 1"),
    ("np.apply_along_axis(np.sum, 1, z)", ""),
    ("(lambda u, k=2: u * k)(z)", "z * k"),
    ("(lambda *u: u[0] + u[1])(z, X)", "z + X"),
    ("sig(b) * sig(z)", "sigmoid(b) * sigmoid(z)"),
    ("two(z)[0] - two(X)[0]", "a = z * k; a = X * k; a - a"),
    ("z if s > 0.2 else X", ""),
    ("z * (s > 0.2) + X * (s < 0.2)", "z * (s > 0.2) + X * (s < 0.2)"),
    ("abs(z).sum() / len(z)", "sum(abs(z)) / size(z, 0)"),
    ("float(np.sum(z)) * b", "sum(z) * b"),
    ("int(y[1]) * b", "1 * b"),
    ("round(s, 1) * b", "round = round (round() is not in the language); round * b"),
    ("np.round(z, 2)", ""),
    ("z.astype(np.float64) * 2", "z * 2"),
    ("z.astype(int) * b", "astype = astype (astype() is not in the language); astype * b"),
    ("1.0 * np.eye(2)[y]", "1.0 * one_hot(arange(2), 2)[y]"),
    ("np.eye(3, 2) * z", "eye * z"),
    ("np.ones(3)[:, None] * z", "ones((3,))[:, None] * z"),
    ("np.zeros((3, 2)) - z", "zeros((3, 2)) - z"),
    ("z - z.mean(axis=0)", "z - mean(z, axis=0)"),
    (
        "(z - z.mean(axis=1)[:, None]) / z.std(axis=1)[:, None]",
        "(z - mean(z, axis=1)[:, None]) / std(z, axis=1)[:, None]",
    ),
    ("z.reshape(3, -1) @ W.reshape(2, 2)", "z.reshape(3, -1) @ W.reshape(2, 2)"),
    ("z.reshape(len(z), -1)", "z.reshape(3, -1)"),
    ("z.reshape(X.shape)", "z.reshape(3, 2)"),
    ("np.where(y[:, None] > 0, z, -z)", "where(y[:, None] > 0, z, -z)"),
    ("np.where(y == 1, z[:, 0], 0.0)", "where(y == 1, z[:, 0], 0.0)"),
    ("-(-z) + (+X)", "--z + X"),
    ("z.T[0] * z.T[1]", "z.T[0] * z.T[1]"),
    ("z[0].dot(W) @ b", "z[0] @ W @ b"),
    ("np.linalg.norm(z[0] - z[1])", "sqrt(sum((z[0] - z[1])**2))"),
    ("np.insert(b, 0, 1.0)", "concatenate([1.0 * ones((1,)), b], axis=0)"),
    ("np.delete(z, 0, axis=0)", ""),
    ("np.take(z, 1, axis=1)", "z[:, 1]"),
    ("np.take(z, y, axis=1)", "z[:, y]"),
    ("z.take([0], axis=0)", "z[value]"),
    ("np.argsort(z, axis=1) * 1.0", "argsort = argsort (argsort() is not in the language); argsort * 1.0"),
    (
        "np.flatnonzero(z[:, 0] > 0) * 1.0",
        "flatnonzero = flatnonzero (flatnonzero() is not in the language); flatnonzero * 1.0",
    ),
]
"""Python's expressions, and what they are in the language; a call within is a line before."""

CHANGES = [
    (
        "q = z * 1; p = q.T; p[0] = 5; r = q * 2",
        "q = z * 1; p = q.T; q = where((arange(2) == 0)[:, None], 5, p).T; r = q * 2",
    ),
    ("q = z * 1; p = q.transpose(); p -= 1; r = q * 2", "q = z * 1; p = q.T; q = (p - 1).T; r = q * 2"),
    ("q = z * 1; p = np.transpose(q); p -= 1; r = q * 2", "q = z * 1; p = q.T; q = (p - 1).T; r = q * 2"),
    (
        "q = z * 1; p = q.reshape(6); p[0] = 5; r = q * 2",
        "q = z * 1; p = q.reshape(6); q = where(arange(6) == 0, 5, p).reshape(3, 2); r = q * 2",
    ),
    (
        "q = z * 1; p = q.ravel(); p += 1; r = q * 2",
        "q = z * 1; p = q.reshape(-1); q = (p + 1).reshape(3, 2); r = q * 2",
    ),
    ("q = z.copy(); q[0] = 1", "q = z; q = where((arange(3) == 0)[:, None], 1, q)"),
    ("q = z.copy(); q[0, 1] = 5", "q = z; q = where((arange(3) == 0)[:, None] * (arange(2) == 1), 5, q)"),
    ("q = z.copy(); q[:, 1] = b[0]", "q = z; q = where(arange(2) == 1, b[0], q)"),
    ("q = z.copy(); q[1:] = X[1:]", "q = z; q = concatenate([q[:1], X[1:]], axis=0)"),
    ("q = z.copy(); q[z > 0] = 0", "q = z; q = where(z > 0, 0, q)"),
    ("q = z.copy(); q[0] += 1", "q = z; q = where((arange(3) == 0)[:, None], q[0] + 1, q)"),
    ("q = z.copy(); q[:, 0] *= 2", "q = z; q = where(arange(2) == 0, (q[:, 0] * 2)[:, None], q)"),
    ("q = z.copy(); q[z < 0] *= 0.1", "q = z; q = where(z < 0, q * 0.1, q)"),
    ("q = z.copy(); q -= X", "q = z; q = q - X"),
    ("q = z.copy(); q /= 2", "q = z; q = q / 2"),
    ("q = z.copy(); q **= 2", "q = z; q = q**2"),
    ("q = z.copy(); q[range(3), y] -= 1", "q = z; q = q - one_hot(y, 2)"),
    ("q = z.copy(); q[np.arange(3), y] = 0", "q = z; q = where(one_hot(y, 2) == 1, 0, q)"),
    (
        "q = z.copy(); q[np.arange(1, 3)] -= X[1:]",
        "q = z; q = where(sum(one_hot(arange(1, 3), 3), axis=0)[:, None] == 1, "
        "one_hot(arange(1, 3), 3).T @ (q[arange(1, 3)] - X[1:]), q)",
    ),
    (
        "q = b * 1; q[y[:2]] = z[0]",
        "q = b * 1; q = where(sum(one_hot(y[:2], 2), axis=0) == 1, one_hot(y[:2], 2).T @ z[0], q)",
    ),
    (
        "q = z * 1; q[y] = X; r = q * 2",
        "q = q (the index has a number twice, so only the last change of that row counts; "
        "np.add.at counts all of them); r = q * 2",
    ),
    ("q = z.copy(); p = q; p += 1; r = q * 2", "q = z; p = q + 1; r = p * 2"),
    (
        "q = np.zeros(2); q[0] = b[1]; q[1] = b[0]",
        "q = zeros((2,)); q = where(arange(2) == 0, b[1], q); q = where(arange(2) == 1, b[0], q)",
    ),
    ("q = np.zeros(3); q += X[:, 0]", "q = zeros((3,)); q = q + X[:, 0]"),
    (
        "q = []; q.append(b * 2); q.append(b * 3); r = q[0] + q[1]",
        "q[0] = b * 2; q[1] = b * 3; r = q[0] + q[1]",
    ),
    ("q = [b * 2, b * 3]; r = q[-1] - q[0]", "q[0] = b * 2; q[1] = b * 3; r = q[1] - q[0]"),
    ('q = {}; q["a"] = b * 2; r = q["a"] + 1', "q.a = b * 2; r = q.a + 1"),
    ('q = {"a": b * 2, "c": 3}; r = q["a"] * q["c"]', "q.a = b * 2; r = q.a * c"),
    ("q, r = b * 2, b * 3", "q = b * 2; r = b * 3"),
    ("(q, r), p = (b * 2, b * 3), b * 4", "q = b * 2; r = b * 3; p = b * 4"),
    ("q = r = b * 2", "q = b * 2"),
    ("q = b * 2; q = q + 1; q = q * 3", "q = b * 2; q = q + 1; q = q * 3"),
    ("q = 0; q += b[0]; q += b[1]", "q = q + b[0]; q = q + b[1]"),
    ("q = 0.0; q = q + b[0] * s", "q = q + b[0] * s"),
    (
        "q = [v * 2 for v in b]; r = np.array(q)",
        "v = b[0]; v = b[1]; q[0] = v * 2; q[1] = v * 2; r = stack([q[0], q[1]])",
    ),
    ("q = np.array([v * 2 for v in b])", "v = b[0]; v = b[1]; q = stack([v * 2, v * 2])"),
    ("q = two(b)[0]; r = two(b)[1]", "a = b * k; r = a + 1"),
    ("q, r = two(b, k=3)", "a = b * k; r = a + 1"),
    ("q = sig(z); r = sig(q @ W)", "q = sigmoid(z); r = sigmoid(q @ W)"),
    ("q = b.T.copy(); q[1] = 3; r = q * b", "q = b; q = where(arange(2) == 1, 3, q); r = q * b"),
    ("q = z; q = q.reshape(2, 3); q = q.T", "q = z.reshape(2, 3); q = q.T"),
    ("q = b.tolist(); r = q[0] * 2", "r = q[0] * 2"),
    (
        "q = np.empty((2, 2)); q[:, 0] = b; q[:, 1] = b * 2",
        "q = where(arange(2) == 0, b[:, None], q); q = where(arange(2) == 1, (b * 2)[:, None], q)",
    ),
    (
        "q = z[0]; q2 = q.copy(); q2[0] = 9; r = z * 2",
        "q = z[0]; q2 = q; q2 = where(arange(2) == 0, 9, q2); r = z * 2",
    ),
    ("q = float(b[0]); r = q * s", "q = b[0]; r = q * s"),
    ("q = b * 1; np.multiply(q, 2, out=q)", "q = b * 1; q = q * 2"),
    ("q = b * 1; np.add(q, 1, q)", "q = b * 1; q = q + 1"),
    ("q = b * 1; q.fill(0); r = q + b", "q = b * 1; q = zeros_like(q); r = q + b"),
    ("q = np.zeros_like(b); np.add.at(q, [0, 0, 1], 1.0 * X[:, 0])", ""),
    ("q = b * 1; q.sort(); r = q * 2", "q = q (.sort() is not in the language); r = q * 2"),
    ("q = sorted(b.tolist()); r = q[0] * 2", "r = q[0] * 2"),
    (
        "q = b * 1; q[0], q[1] = q[1], q[0]",
        "q = b * 1; q = where(arange(2) == 0, q[1], q); q = where(arange(2) == 1, q[0], q)",
    ),
    ("q = (b * 2)[0] if True else 0", "q = (b * 2)[0]"),
    ("q = (b > 0).sum(); r = b * q", "q = sum(b > 0); r = b * q"),
    ("q = int(b[0] > 0); r = b * q", "r = b * q"),
    ("q = np.random.rand(3, 2) < 0.5; r = z * q", "q = rand < 0.5; r = z * q"),
    ("q = z.copy(); q[0, 1] += -1", "q = z; q = q - (arange(3) == 0)[:, None] * (arange(2) == 1) * 1"),
    ("q = z.copy(); q[0, 1] -= -1", "q = z; q = q + (arange(3) == 0)[:, None] * (arange(2) == 1) * 1"),
    ("q = z.copy(); q[0, 1] += b[0]", "q = z; q = q + (arange(3) == 0)[:, None] * (arange(2) == 1) * b[0]"),
    (
        "q = z.copy(); q[0, 1] *= 2",
        "q = z; q = where((arange(3) == 0)[:, None] * (arange(2) == 1), q[0, 1] * 2, q)",
    ),
    (
        "q = z.copy(); q[0] = X[:1]; r = q * 2",
        "q = z; q = where((arange(3) == 0)[:, None], X[:1].reshape(2), q); r = q * 2",
    ),
    ("q = z.copy(); q[:, -1] = 0", "q = z; q = where(arange(2) == 1, 0, q)"),
    ("q = z.copy(); q[...] = X", "q = X"),
    ("q = z.copy(); q[:] = X * 2", "q = X * 2"),
    ("q = z.copy(); q[::2] = 0", ""),
    ("q = z.copy(); q[range(3), y] -= X[:, 0]", "q = z; q = q - X[:, 0][:, None] * one_hot(y, 2)"),
    ("q = z.copy(); q[range(3), y] += 2", "q = z; q = q + 2 * one_hot(y, 2)"),
    (
        "q = z.copy(); q[range(3), y] *= 2",
        "q = z; q = where(one_hot(y, 2) == 1, (q[arange(3), y] * 2)[:, None], q)",
    ),
    ("q = z.copy(); q[range(3), y] = X[:, 1]", "q = z; q = where(one_hot(y, 2) == 1, X[:, 1][:, None], q)"),
    ("q = z.copy(); q[[0, 1, 2], y] = 0", "q = z; q = where(one_hot(y, 2) == 1, 0, q)"),
    (
        "q = z.copy(); q[y[:2], [0, 1]] = 5; r = q + 1",
        "q = z; q = where(one_hot(y[:2], 3).T == 1, 5, q); r = q + 1",
    ),
    ("q = z.copy(); q[z > 0] = X[z > 0]", "q = z; q = where(z > 0, X, q)"),
    ("q = z.copy(); q[z > 0] += 1", "q = z; q = where(z > 0, q + 1, q)"),
    ("q = z.copy(); q[z > 0] -= z[z > 0]", "q = z; q = where(z > 0, q - z, q)"),
    ("q = z.copy(); q[y > 0] = 0", "q = z; q = where((y > 0)[:, None], 0, q)"),
    ("q = z.copy(); q[~(z > 0)] = b[0]", "q = z; q = where((z > 0) == 0, b[0], q)"),
    ("q = b * 1; np.random.shuffle(q); r = q * 2", "q = b * 1; r = q * 2"),
    ("q = b * 1; np.put(q, [0], 5.0); r = q * 2", "q = q (put() is not in the language); r = q * 2"),
    (
        "q = W * 1; np.fill_diagonal(q, 0.0); r = q * 2",
        "q = W * 1; q = where(arange(2) == arange(2)[:, None], 0.0, q); r = q * 2",
    ),
    ("q = b * 1; np.copyto(q, z[0]); r = q * 2", "q = z[0]; r = q * 2"),
    (
        "q = z * 1; np.putmask(q, q > 0, 0.0); r = q * 2",
        "q = q (putmask() is not in the language); r = q * 2",
    ),
    ("q = b * 1; q.shape = (2, 1); r = q * 2", "q = b * 1; q = q.reshape(2, 1); r = q * 2"),
    (
        "q = np.zeros((2, 2)); np.add.at(q, y, z); r = q * 2",
        "q = zeros((2, 2)); q = q + one_hot(y, 2).T @ z; r = q * 2",
    ),
    (
        "q = np.zeros(2); np.add.at(q, y, 1.0); r = q * b",
        "q = q (add.at() is not in the language); r = q * b",
    ),
    (
        "q = np.zeros((2, 2)); np.subtract.at(q, y, z); r = q * 2",
        "q = zeros((2, 2)); q = q - one_hot(y, 2).T @ z; r = q * 2",
    ),
    (
        "q = z * 1; p = q[0]; p += 1; r = q * 2",
        "q = z * 1; p = q[0]; q = where((arange(3) == 0)[:, None], p + 1, q); r = q * 2",
    ),
    (
        "q = z * 1; p = q[:, 1]; p *= 2; r = q * 2",
        "q = z * 1; p = q[:, 1]; q = where(arange(2) == 1, (p * 2)[:, None], q); r = q * 2",
    ),
    (
        "q = z * 1; p = q[1]; q[1] = 5; r = p * 2",
        "q = z * 1; p = q[1]; q = where((arange(3) == 1)[:, None], 5, q); r = q[1] * 2",
    ),
    (
        "q = z * 1; p = q[:, None]; p += 1; r = q * 2",
        "q = z * 1; p = q[:, None]; q = (p + 1).reshape(3, 2); r = q * 2",
    ),
    ("q = z * 1; np.exp(q, out=q); r = q * 2", "q = z * 1; q = exp(q); r = q * 2"),
    ("q = z * 1; np.maximum(q, 0, out=q); r = q * 2", "q = z * 1; q = maximum(q, 0); r = q * 2"),
    ("q = z * 1; np.clip(q, 0, 1, out=q); r = q * 2", "q = z * 1; q = clip(q, 0, 1); r = q * 2"),
    ("q = np.zeros((3, 2)); np.dot(X, W, out=q); r = q * 2", "q = X @ W; r = q * 2"),
    (
        "q = z * 1; q += b; q -= 1; q *= s; q /= 2; r = q",
        "q = z * 1; q = q + b; q = q - 1; q = q * s; q = q / 2",
    ),
    ("q = z * 1; q @= W; r = q * 2", "q = z * 1; q = q @ W; r = q * 2"),
    ("q = z * 1; q //= 0.5; r = q * 2", "q = z * 1; q = floor(q / 0.5); r = q * 2"),
    ("q = z * 1; q %= 0.3; r = q * 2", "q = z * 1; q = q - floor(q / 0.3) * 0.3; r = q * 2"),
    ("q = [b * 1]; q += [b * 2]; r = q[1] * 2", "q[0] = b * 1; q[1] = b * 2; r = q[1] * 2"),
    (
        "q = [b * 1]; q.extend([b * 2, b * 3]); r = q[2] * 2",
        "q[0] = b * 1; q[1] = b * 2; q[2] = b * 3; r = q[2] * 2",
    ),
    ("q = [b * 1, b * 2]; p = q.pop(); r = p * q[0]", "q[0] = b * 1; q[1] = b * 2; r = q[1] * q[0]"),
    ("q = [b * 1, b * 2]; p = q[::-1]; r = p[0] * 2", "q[0] = b * 1; q[1] = b * 2; r = q[1] * 2"),
    ("q = [b * 1, b * 2]; q.reverse(); r = q[0] * 2", "q[0] = b * 1; q[1] = b * 2; r = q[1] * 2"),
    ('q = {}; q.update({"a": b * 2}); r = q["a"] * 2', "q.a = b * 2; r = q.a * 2"),
    ('q = {}; q.update(a=b * 2); r = q["a"] * 2', "q.a = b * 2; r = q.a * 2"),
    ('q = {}; q.setdefault("a", b * 2); r = q["a"] * 2', "q.a = b * 2; r = q.a * 2"),
    ('q = dict(a=b * 2); p = q.get("a"); r = p * 2', "q.a = b * 2; r = q.a * 2"),
    ('q = {"a": b * 2}; p = q.pop("a"); r = p * 2', "q.a = b * 2; r = q.a * 2"),
    (
        'q = {"a": b * 2, "e": z}; p = {k: q[k] * 2 for k in q}; r = p["a"] + 1',
        "q.a = b * 2; p.a = q.a * 2; e = z * 2; r = p.a + 1",
    ),
    ("q = [b * 1, b * 2]; r = sum(q)", "q[0] = b * 1; q[1] = b * 2; r = q[0] + q[1]"),
    (
        "q = [b * 1, b * 2]; r = np.mean(q, axis=0)",
        "q[0] = b * 1; q[1] = b * 2; r = mean(stack([q[0], q[1]]), axis=0)",
    ),
    ("q = (b * 1, b * 2); r = q[0] * q[1]", "q[0] = b * 1; q[1] = b * 2; r = q[0] * q[1]"),
    (
        "q = list(zip(b, z[0])); r = q[0][0] * q[0][1]",
        "q[0][0] = b[0]; q[0][1] = z[0][0]; q[1][0] = b[1]; q[1][1] = z[0][1]; r = q[0][0] * q[0][1]",
    ),
    ("q = z[0]; p, r = q", "q = z[0]"),
    ("q = np.array([b, z[0]]); p, r = q", "q = stack([b, z[0]])"),
    ("*q, r = [b * 1, b * 2, b * 3]", "q[0] = b * 1; q[1] = b * 2; r = b * 3"),
    (
        "q = [[b[0], b[1]], [s, s]]; r = np.array(q) @ b",
        "q[0][0] = b[0]; q[0][1] = b[1]; r = stack([stack([q[0][0], q[0][1]]), stack([s, s])]) @ b",
    ),
    ("q = z * 1; del q; r = b * 2", "q = z * 1; r = b * 2"),
    ("q = float(z[0, 0]); q += 1; r = q * b", "q = z[0, 0]; q = q + 1; r = q * b"),
    ("q = z.max(axis=1); r = z - q[:, None]", "q = max(z, axis=1); r = z - q[:, None]"),
    ("q = z.sum(); q += X.sum(); r = q * b", "q = sum(z); q = q + sum(X); r = q * b"),
    ("q = 1; q = q * b; r = q + q", "q = q * b; r = q + q"),
    ("q = np.float32(b); r = q * 2", "q = b; r = q * 2"),
    ("q = np.array(z); q[0] -= b; r = q", "q = z; q = where((arange(3) == 0)[:, None], q[0] - b, q)"),
    ("q = np.asarray(b); r = q * 2", "r = b * 2"),
    ("q = np.empty_like(b); q[:] = 2; r = q * b", "q = 2 * ones((2,)); r = q * b"),
    (
        "q = np.ones_like(z); q[:, 0] = z[:, 1]; r = q",
        "q = ones_like(z); q = where(arange(2) == 0, z[:, 1][:, None], q)",
    ),
    ("q = np.zeros((3, 2)); q[range(3), y] = 1; r = z - q", "q = one_hot(y, 2); r = z - q"),
    ("q = np.zeros((3, 2)); q[np.arange(3), y] = 1.0; r = q * z", "q = one_hot(y, 2); r = q * z"),
    ("q = np.zeros((2, 3)); q[y, range(3)] = 1; r = q @ z", "q = one_hot(y, 2).T; r = q @ z"),
    # What a function puts into what it is given.
    ('q = put({}, "k", b * 2); r = q["k"] * 2', "v = b * 2; r = v * 2"),
    ("q = put([0, 0], 1, b * 2); r = q[1] * 2", "q[1] = b * 2; r = q[1] * 2"),
    ("q = put([0, 0], -1, b * 2); r = q[1] * 2", "q[1] = b * 2; r = q[1] * 2"),
    ("q = put(z * 1, 0, b); r = q * 2", "d = z * 1; d = where((arange(3) == 0)[:, None], b, d); r = d * 2"),
    ("q = put([b, b], slice(0, 1), [b * 3]); r = q[0] + 1", "d[0] = b * 3; r = d[0] + 1"),
    ('q = [put({}, "k", b * 2), 3]; r = q[0]["k"] * 2', "v = b * 2; r = v * 2"),
    ('q = {}; put(q, "k", z); r = q["k"] * 2', "r = z * 2"),
    (
        "q = [b * 1, z * 1]; put(q[0], 0, 5.0); r = q[0] * 2",
        "q[0] = b * 1; q[1] = z * 1; d = where(arange(2) == 0, v, q[0]); r = d * 2",
    ),
]
"""Statements, and their equations, without the numbers of lines and of times."""


def test_each_form_of_expression_and_change_is_read_as_its_equations(opened):
    """Their values are those of NumPy: `opened` compares them."""
    given = [(f"r = {text}", wanted) for text, wanted in EXPRESSIONS] + CHANGES
    written, spans = MANY_FORMS.strip().split("\n"), []
    for at, (text, _) in enumerate(given):
        # Each has variables of its own.
        statements = re.sub(r'\b([pqr]2?)\b(?!")', rf"\1_{at}", text).split("; ")
        spans.append(range(len(written) + 2, len(written) + 2 + len(statements)))
        written += [f"    {each}" for each in statements]
    found = opened("\n".join([*written, "    W = W - 0.1 * X.T @ z", ""]))
    for at, ((text, wanted), span) in enumerate(zip(given, spans)):
        read = []
        for each in found.equations:
            line = each.call[0].line if each.call else each.line
            if line in span:
                read.append(f"{each.name} = {each.source}" + f" ({each.opaque})" * bool(each.opaque))
        plain = re.sub(r"(?<=[a-z2]):\d+(:\d+)?", "", re.sub(rf"_{at}\b", "", "; ".join(read)))
        *before, last = wanted.split("; ")
        expected = wanted if at >= len(EXPRESSIONS) or not wanted else "; ".join([*before, f"r = {last}"])
        assert plain == expected, text
