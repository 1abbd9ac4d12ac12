"""What a recorded pass says of aliases, changes in place, functions and names, one trap after another."""

import textwrap

import numpy as np
import pytest
from test_scripts_equations import assert_equations_give_their_values

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
