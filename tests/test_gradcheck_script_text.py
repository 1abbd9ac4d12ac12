"""What the text of a checked script shows, and how a right line is written in its author's words."""

import ast

import pytest

from bpstep.gradcheck.script.authors import AuthorText
from bpstep.gradcheck.script.scopes import Scopes
from bpstep.gradcheck.script.text_lines import (
    alias_line,
    idle_statements,
    idle_update,
    last_part,
    moved_to,
    second_name,
    unused_counts,
)
from bpstep.script.equations.equations import CalledExpression, Opened, ScriptEquation


def equation(name, source, written, line=1, called=()):
    parts = tuple(CalledExpression(source, each, "net.py", 1, "") for each in called)
    return ScriptEquation(name, source, written, "net.py", line, None, (), 0.0, parts)


def test_the_identifier_that_a_name_ends_with():
    names = {
        "W1": "W1",
        "params.W1": "W1",
        "layers[0].b": "b",
        "weights[1]": "weights",
        "weights[1][12]": "weights",
        "delta:41:2": "delta",
        "a[0].b[1]:3": "b",
    }
    assert {name: last_part(name) for name in names} == names


@pytest.mark.parametrize(
    ("text", "is_idle"),
    [
        ("# W1 -= rate * dW1", True),
        ("    ## self.W1 += rate * dW1", True),
        ("# W1 = W1 - rate * dW1", True),
        ("# W1[0] -= dW1", True),
        ("# W1 = V - rate * dW1", False),
        ("# W1 is set below", False),
        ("# W12 -= rate", False),
        ("# aW1 -= rate", False),
        ("W1 - rate * dW1", True),
        ("    net.W1[0][1] + rate", True),
        ("W1 -= rate * dW1", False),
        ("W1 = W1 - rate * dW1", False),
        ("W1 -", False),
        ("x = W1 - rate * dW1", False),
        ("W12 - rate", False),
    ],
)
def test_an_update_without_effect_stands_in_a_comment_or_assigns_nothing(text, is_idle):
    assert idle_update(["a = 1", text, text], "net.W1:7") == (2 if is_idle else 0)


LOOP = """\
W - 1
for step in range(9):
    V = X @ W
    W - rate * dW
    net.b[0] + rate * db
    W * 2
    2 - W
    if step:
        W - old
""".splitlines()


def test_a_sum_that_no_statement_keeps_is_found_beside_lines_that_run():
    first, second = (4, "W", "W -= rate * dW"), (5, "net.b[0]", "net.b[0] += rate * db")
    assert list(idle_statements(LOOP, {3})) == [first, second]
    assert list(idle_statements(LOOP, {3, 9})) == [first, second, (9, "W", "W -= old")]
    assert list(idle_statements(LOOP, {1})) == []
    assert list(idle_statements(["for"], {1})) == []


def test_another_name_of_an_array_is_the_last_one_given_at_or_above_the_line():
    lines = ["w = W1", "w = net.W1  # the same", "w = W1 + 1", "y = x @ w", "w = W1"]
    reads = equation("y", "x @ W1", "y = x @ w", 4)
    assert alias_line(lines, reads, "W1") == (2, "w")
    assert alias_line(lines[:1], reads, "W1") == (1, "w")
    assert alias_line(lines, equation("y", "x @ W1", "y = x @ W1", 4), "W1") == (0, "")
    assert alias_line(["W1 = W1"], equation("y", "x @ W1", "y = x @ W1"), "W1") == (0, "")
    assert alias_line(lines, equation("y", "W1", "y = (", 4), "W1") == (0, "")
    assert alias_line(["y = x @ W1", "x = x1"], equation("y", "W1", "y = x", 2), "x1") == (2, "x")


def test_a_second_name_of_a_result_is_the_first_one_given_below_its_line():
    lines = ["z = a", "a = x @ w", "a = a", "h = a  # kept", "k = a"]
    assert second_name(lines, equation("a:2", "x @ w", "a = x @ w", 2)) == (4, "h")
    assert second_name(lines[:2], equation("a", "x @ w", "a = x @ w", 2)) == (0, "")
    assert second_name(["a = 1", "h = aa", "h = a + 1"], equation("a", "1", "a = 1")) == (0, "")


@pytest.mark.parametrize(
    ("gap", "found"), [(0, (2, "W[k]", "velocity[k]")), (7, (9, "W[k]", "velocity[k]")), (8, (0, "", ""))]
)
def test_what_a_line_sets_is_looked_for_in_the_eight_lines_below_it(gap, found):
    written = "velocity[k] = 0.9 * velocity[k]"
    lines = [written, *["pass"] * gap, "  W[k] = velocity[k]  # the step for the value"]
    assert moved_to(lines, equation("velocity[0]", "", written)) == found


def test_what_a_line_adds_to_is_moved_too_and_keys_may_have_either_quotes():
    lines = ["v['a'] += 1", 'W = v["a"]']
    assert moved_to(lines, equation("v.a", "", lines[0])) == (2, "W", "v['a']")
    assert moved_to(lines, equation("v.a", "", "return v")) == (0, "", "")
    assert moved_to(lines, equation("v.a", "", "v =")) == (0, "", "")
    assert moved_to(lines, equation("v.a", "", "")) == (0, "", "")


COUNTS = """\
m = len(y)
n = len(x)
def back(x):
    m = x.shape[0]
    k = x.shape[1]
    size = x.size
    return x / k
print(n)
""".splitlines()


def test_a_count_that_is_never_used_is_that_of_the_function_around_the_line():
    assert list(unused_counts(COUNTS, 8)) == [(1, "m"), (4, "m")]
    for line in (3, 5, 7):
        assert list(unused_counts(COUNTS, line)) == [(4, "m")]
    assert list(unused_counts(["def"], 1)) == []


def right_line(written, original, changed, name="W", called=(), others=()):
    """The line that an equation should read, from the expressions of the language."""
    own = equation(name, original, written, 5, called)
    first = ast.parse(original, mode="eval").body
    text = AuthorText([*others, own])
    return text.line(own, first, ast.parse(changed, mode="eval").body)


@pytest.mark.parametrize(
    ("written", "original", "changed", "right"),
    [
        ("W = a - b", "a - b", "a + b", "W = a + b"),
        ("W -= rate * dW", "W - rate * dW", "W + rate * dW", "W += rate * dW"),
        ("W += rate*dW", "W + rate * dW", "W - rate * dW", "W -= rate * dW"),
        ("self.W -= self.rate * dW", "W - rate * dW", "W - rate * dW.T", "self.W -= self.rate * dW.T"),
        ("W -= rate * dW", "W - rate * dW", "rate * dW", "W = rate * dW"),
        ("W[0] -= rate * dW", "where(m, W - rate * dW, W)", "W", ""),
        ("W[0] = a - b", "a - b", "a + b", ""),
        ("p['W'] = a - b", "a - b", "a + b", "p['W'] = a + b"),
        ("p['W'] -= rate * dW", "W - rate * dW", "W + rate * dW", "p['W'] += rate * dW"),
        ("W, V = a - b, c", "a - b", "a + b", "W = a + b"),
        ("W = V = a - b", "a - b", "a + b", "W = a + b"),
        ("return a - b, c", "a - b", "a + b", "return (a + b, c)"),
        ("return [a - b, a - b]", "a - b", "a + b", ""),
        ("return {'W': a - b, 'V': a - b}", "a - b", "a + b", "return {'W': a + b, 'V': a - b}"),
        ("return a - b", "a - b", "a + b", ""),
        ("W = np.exp(a)", "exp(a)", "exp(-a)", "W = np.exp(-a)"),
        ("W = np.tanh(a)", "tanh(a)", "tanh(-a)", "W = np.tanh(-a)"),
        ("W = net['a'] - self.b", "a - b", "a + b", "W = net['a'] + self.b"),
        ("W = a ** 2", "a**2", "a**3", "W = a**3"),
    ],
)
def test_a_right_line_has_the_authors_statement_and_names(written, original, changed, right):
    assert right_line(written, original, changed) == right


def test_a_function_of_the_script_keeps_its_own_name():
    assert right_line("W = sig(a)", "sigmoid(a)", "sigmoid(-a)", called=("relu", "sig")) == "W = sig(-a)"
    assert right_line("W = f(a)", "sigmoid(a)", "sigmoid(-a)") == "W = sigmoid(-a)"


def test_a_tensor_that_the_statement_lacks_is_called_as_in_the_nearest_one():
    others = [
        equation("u", "h", "u = far.h", 40),
        equation("u", "h", "u = near.h", 9),
        equation("u", "h", "u = above.h", 2),
    ]
    assert right_line("W = a - b", "a - b", "h - b", others=others) == "W = above.h - b"
    assert right_line("W = a - b", "a - b", "h - b", others=others[:2]) == "W = near.h - b"
    assert right_line("W = a - b", "a - b", "k - b", others=others) == "W = k - b"


def test_the_one_argument_of_a_function_is_called_as_the_function_calls_it():
    assert (
        right_line("return_value = s * (1 - s)", "h * (1 - h)", "h * (2 - h)", "W")
        == "return_value = s * (2 - s)"
    )


def test_a_statement_that_adds_to_what_it_sets():
    written = {"dW = x.T @ d": "dW += x.T @ d", "dW -= d": "", "dW = dV = d": "", "return d": ""}
    for line, added in written.items():
        each = equation("dW", "d", line)
        assert AuthorText([each]).added(each) == added


def test_no_line_is_offered_that_reads_a_value_whose_variable_has_another_one_by_then():
    first = equation("a:2", "sigmoid(z)", "a = sigmoid(z)", 2)
    second = equation("a:3", "a:2 * mask", "a *= mask", 3)
    for others, right in (([first], "W = s * a"), ([first, second], "")):
        own = equation("W", "s", "W = s", 5)
        before, after = (
            ast.parse("s", mode="eval").body,
            ast.BinOp(ast.Name("s"), ast.Mult(), ast.Name("a:2")),
        )
        assert AuthorText([*others, own]).line(own, before, after) == right


MODULE = """\
import numpy as np
from a.b import c as other
import long.name
rate = 0.1
def forward(x, *rest, k=2, **more):
    hidden = x @ W
    for at, part in enumerate(rest):
        total = part
    return hidden, total
class Net:
    def step(self):
        try:
            self.out = grad = forward(1)
        except ValueError as error:
            return error
        return self.out
square = lambda z: z ** 2
with open("a") as file:
    pass
[each for each in rate]
H, O = forward(X)
A = square(H)
net.A2 = forward(X)
A3 = H
A, B = C = forward(X)
""".splitlines()


def test_a_line_sees_names_of_the_module_and_of_the_functions_around_it():
    scopes = Scopes(MODULE)
    seen = {
        4: "np other long rate forward Net square file each H O A A3 B C print",
        6: "np rate x rest k more hidden at part total print",
        11: "self grad error",
        13: "self grad error rate",
        17: "z",
    }
    for line, names in seen.items():
        assert [name for name in names.split() if not scopes.sees(name, line)] == []
    for line, names in {
        4: "x hidden self z c name a",
        6: "self z grad",
        13: "x hidden z",
        17: "x self",
    }.items():
        assert [name for name in names.split() if scopes.sees(name, line)] == []


def test_a_name_is_local_within_its_function_alone():
    scopes = Scopes(MODULE)
    for line, local in {
        4: "",
        5: "x hidden",
        9: "x hidden total",
        10: "",
        11: "self grad",
        16: "self",
        17: "z",
    }.items():
        names = ["x", "hidden", "total", "self", "grad", "z", "rate", "np"]
        within = {"x hidden": "x hidden total", "self": "self grad"}.get(local, local)
        assert [name for name in names if scopes.is_local(name, line)] == within.split()


def test_a_text_that_is_none_of_python_hides_no_name():
    for lines in ([], ["def f(:"], ["a = b\0"]):
        assert Scopes(lines).sees("anything", 1)
        assert not Scopes(lines).is_local("anything", 1)
        assert not Scopes(lines).is_return(1)


def test_what_a_function_returns_and_in_which_lines():
    scopes = Scopes(MODULE)
    assert [line for line in range(30) if scopes.is_return(line)] == [9, 15, 16]
    assert scopes.returns("forward", ["total"])
    assert scopes.returns("forward", ["none", "hidden"])
    assert scopes.returns("step", ["out"])
    assert not scopes.returns("forward", ["x", "out"])
    assert not scopes.returns("nothing", ["hidden"])
    assert not scopes.returns("forward", [])


@pytest.mark.parametrize(
    ("line", "function", "name", "called"),
    [
        (21, "forward", "hidden", ["H"]),
        (21, "net.forward", "total:3", ["O"]),
        (21, "forward", "x", []),
        (22, "square", "z", ["A"]),
        (23, "forward", "hidden", ["net.A2"]),
        (24, "forward", "hidden", []),
        (25, "forward", "hidden", []),
        (99, "forward", "hidden", []),
    ],
)
def test_a_caller_names_the_result_of_a_function(line, function, name, called):
    given, opened = equation(name, "x", "x = 1"), Opened(function, line, "net.py")
    assert list(Scopes(MODULE).name_of_result(given, opened)) == called
