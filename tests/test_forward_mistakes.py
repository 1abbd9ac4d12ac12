"""The mistakes of learners in a forward pass: each is reported with its line, and what to write."""

from pathlib import Path

import pytest

from bpstep.errors import FileError
from bpstep.netfile.reader import read_network_text

NETWORK = """learning_rate = 0.5
[data]
X = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
T = [[1.0], [0.0], [1.0]]
[parameters]
W = [[0.5, 0.25], [0.1, 0.2]]
V = [[0.5], [0.25]]
[program]
forward = '''
{first}
{second}
'''
"""

HIDDEN = "H = tanh(X @ W)"

LOSS = "E = mean((H @ V - T)**2)"

# an equation, the other being right; the line of the error, what it says
MISTAKES = [
    ("H = tanh(X @ W", 10, "column 9: ( is not closed; expected ) at the end of the equation"),
    ("H = X.dot(W", 10, "column 10: ( is not closed; expected ) at the end of the equation"),
    ("E = mean((H @ V - T)**2", 11, "column 9: ( is not closed; expected ) at the end of the equation"),
    ("H = tanh(X @ W))", 10, "column 16: ) has no ( before it"),
    ("H = tanh(X @ W]", 10, "column 15: ] closes no [; check the brackets before it"),
    ("H =", 10, "nothing follows the = sign; expected an equation like net_1 = X @ W + B1"),
    (
        "  H = tanh(X @ W)",
        10,
        "the line is indented; expected an equation on each line, all starting in the same column",
    ),
    ("H = tanh(X · W)", 10, 'column 12: "·" is not an operator; write * or @'),
    ("H = tanh(X @ W) − 1", 10, 'column 17: "−" is not an operator; write -'),
    ("H = (X @ W)²", 10, 'column 12: "²" is not an operator; write **2'),
    ("E == mean((H @ V - T)**2)", 11, "== compares; write E = … to give the result a name"),
    (
        "mean((H @ V - T)**2)",
        11,
        "the result has no name; expected an equation on each line, like E = mean((Y - T)**2)",
    ),
    ("lambda = X @ W", 10, "lambda is a keyword of Python; give the tensor another name, like lambda_"),
    ("H = tanh(class @ W)", 10, "class is a keyword of Python; give the tensor another name, like class_"),
    ("H = reshape(X @ W, (6, 1))", 10, "H: reshape is not a function here; write x.reshape(3, 1)"),
    ("H += X @ W", 10, "H changes here; expected an equation with = and a new name for the result"),
    (
        "H[0] = X @ W",
        10,
        "expected one name before the = sign and an equation on each line, like net_1 = X @ W + B1",
    ),
    *(
        (
            statement,
            10,
            f"{word} is not allowed here; expected an equation on each line, like net_1 = X @ W + B1",
        )
        for word, statement in {
            "for": "for i in range(3): H = X @ W",
            "if": "if X: H = X @ W",
            "def": "def H(x): return x",
            "import": "import numpy as np",
            "print": "print(X)",
        }.items()
    ),
    ("E = mean((H[X] @ V - T)**2)", 11, "E: X is an index here; expected whole numbers in X, got 1.0"),
    ("H = tanh[X @ W]", 10, "H: tanh is a function and needs an argument: tanh(…)"),
    ("H = sinus(X @ W)", 10, "H: sinus is not a function here; did you mean sin?"),
    (
        "H = X @ W + 0,5",
        10,
        "H: a comma outside a function is not allowed; a decimal number has a point, like 0.5",
    ),
    ("1g = X @ W", 10, "1g is not a name, because a name starts with a letter: write g1"),
    (
        "H = X @ 2W",
        10,
        "2W is neither a number nor a name: write 2 * W, or a name that starts with a letter",
    ),
    (
        "H = X @ W +* 1e-9",
        10,
        'column 12: expected an equation on each line; check the operators near "* 1e-9"',
    ),
    ("H = X.mm(W)", 10, "H: .mm is not a method here; write X @ W"),
    ("H = X @ W.T()", 10, "H: .T is not a method here; write W.T"),
    ("H = X @ w", 10, "H: no tensor is called w; did you mean W?"),
    ("E = (H @ V - T)^2", 11, "E: the operator ^ is not allowed; write ** for a power"),
    (
        "E = (H @ V - T)**2",
        11,
        "E: the loss has the shape 3×1; expected a single number, as sum or mean gives",
    ),
    (
        "H = floor(X @ W)",
        10,
        "H: floor(X @ W) has the derivative 0 everywhere: W gets no gradient; "
        "use a function with a slope, like tanh",
    ),
]


@pytest.mark.parametrize(("equation", "line", "said"), MISTAKES)
def test_a_mistake_in_an_equation_is_told_with_its_line_and_what_to_write(equation, line, said):
    first, second = (equation, LOSS) if line == 10 else (HIDDEN, equation)
    with pytest.raises(FileError) as caught:
        read_network_text(NETWORK.format(first=first, second=second), Path("net.toml"))
    assert str(caught.value) == f"net.toml:{line}: {said}"


MINIBATCHES = """
learning_rate = 0.1
batch_size = 3
[data]
X = [[0.1, 0.2], [0.3, -0.4], [0.5, 0.6], [0.2, 0.1]]
ids = [1, 0, 1, 0]
[constants]
masks = [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]
[parameters]
W = [[0.1, 0.2], [0.2, 0.3]]
[program]
forward = \"\"\"
P = softmax(X @ W)
E = {loss}
\"\"\"
{replaced}
"""


@pytest.mark.parametrize(
    ("loss", "replaced", "start"),
    [
        ("-mean(log(P[arange(3), ids]))", "", "net.toml:14: this fits"),
        ("-mean(log(sum(P * masks, axis=1)))", "", "net.toml:14: this fits"),
        (
            "-mean(log(P[arange(size(X, 0)), ids]))",
            'delta_W = "X.T @ masks"',
            "net.toml:16: delta_W: ",
        ),
    ],
)
def test_what_does_not_fit_the_last_minibatch_says_so(loss, replaced, start):
    with pytest.raises(FileError) as caught:
        read_network_text(MINIBATCHES.format(loss=loss, replaced=replaced), Path("net.toml"))
    assert str(caught.value).startswith(start)
    assert "this fits 3 samples only, and the last batch has one; take sizes" in str(caught.value)
    assert str(caught.value).endswith("or a batch_size that divides 4")


def test_what_fits_all_samples_but_no_minibatch_says_so():
    text = MINIBATCHES.format(loss="-mean(log(P[arange(4), ids]))", replaced="")
    with pytest.raises(FileError) as caught:
        read_network_text(text, Path("net.toml"))
    told = "net.toml:14: E: P[arange(4), ids]: the shapes 4, 3 do not fit together; this fits all 4 samples"
    assert str(caught.value).startswith(told)


@pytest.mark.parametrize("equation", ["H = tanh(X W)", "H = X @@ W", "H = tanh X @ W"])
def test_an_operator_that_is_missing_or_repeated_is_told_with_its_column(equation):
    """The position where Python's parser gives up differs by a few characters between its versions."""
    with pytest.raises(FileError, match=r"^net.toml:10: column \d+: .*; check the operators near \".*\"$"):
        read_network_text(NETWORK.format(first=equation, second=LOSS), Path("net.toml"))


def test_a_tensor_with_the_name_of_a_function_may_hold_what_is_indexed():
    text = NETWORK.replace("V =", "argmax =").replace(
        "X = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]", "X = [0, 1, 1]"
    )
    network = read_network_text(
        text.format(first="H = W[X]", second="E = mean(H * argmax[X] * T)"), Path("net.toml")
    )
    assert network.forward.data["X"].dtype == int


def test_an_equation_may_be_continued_on_the_next_line_as_in_python():
    text = NETWORK.format(first="H = tanh(X @ W) + \\\\\n  0", second=LOSS)
    forward = read_network_text(text.replace("'''", '"""'), Path("net.toml")).forward
    assert forward.equations[0] == ("H", "tanh(X @ W) + 0")
