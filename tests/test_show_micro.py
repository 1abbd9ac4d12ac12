"""`bpstep show --into K`: a moment inside an equation, without a screen."""

import json

import pytest
from command_line import asking


@pytest.fixture
def ask(capsys, monkeypatch, tmp_path):
    return asking(capsys, monkeypatch, tmp_path)


def test_the_operation_is_printed_in_names_and_numbers_with_what_the_cells_have_come_to(ask):
    status, out, err = ask("show", "--at", "0", "--into", "8")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[1] == "n = 0, before the first equation"
    assert "  operation 8 of 12" in lines
    assert "  X[0] * W[0,1] + X[1] * W[1,1] = 0.12 + 0.2 = 0.32" in lines
    assert "  net_1[1]  0.32  an intermediate result, just done" in lines
    assert out.isascii()


def test_a_term_of_a_sum_is_called_one_and_the_sum_so_far_is_said(ask):
    _, out, _ = ask("show", "--at", "0", "--into", "4")
    lines = out.splitlines()
    assert "  net_1[0]  0.1  term 2 of 2, just done, sum so far 0.14" in lines
    assert "  net_1[1]  0.12  term 1 of 2, sum so far 0.12" in lines
    terms = [0.1 * 0.5597136493, 0.2 * 0.6271477663, 0.3 * 0.6899744811]
    _, out, _ = ask("show", "--at", "H", "--into", "2")
    cells = next(line for line in out.splitlines() if line.startswith("  net_2[0]")).split()
    assert cells[2:-1] == ["term", "2", "of", "3,", "just", "done,", "sum", "so", "far"]
    assert float(cells[1]) == pytest.approx(terms[1])
    assert float(cells[-1]) == pytest.approx(sum(terms[:2]))


def test_the_data_has_three_keys_more_and_the_others_are_those_of_the_moment(ask):
    _, plain, _ = ask("show", "--at", "0", "--format", "json")
    _, inside, _ = ask("show", "--at", "0", "--into", "2", "--format", "json")
    before, after = json.loads(plain), json.loads(inside)
    assert list(after) == [*before, "k", "of", "partial"]
    assert {name: after[name] for name in before} == before
    assert (after["k"], after["of"]) == (2, 12)
    assert after["partial"] == {
        "name": "net_1",
        "equation": "net_1 = X @ W + B1",
        "operation": "X[0] * W[0,1]",
        "operands": [0.4, 0.3],
        "result": 0.12,
        "value": [0.4 * 0.1, 0.12, None],
    }


def test_the_moment_between_two_iterations_stays_the_one_that_is_complete(ask):
    _, plain, _ = ask("show", "--at", "i1", "--format", "json")
    _, inside, _ = ask("show", "--at", "i1", "--into", "1", "--format", "json")
    before, after = json.loads(plain), json.loads(inside)
    assert {name: after[name] for name in before} == before
    assert after["partial"]["name"] == "net_1"


def test_values_of_a_matrix_and_numbers_that_json_lacks(ask):
    _, out, _ = ask("show", "mazur", "--at", "delta_net2", "--into", "2", "--format", "json")
    assert json.loads(out)["partial"]["value"][1] == [None, None]
    _, out, _ = ask("show", "--at", "0", "--into", "1", "--format", "json", "--set", "X[0]=1e200",
                    "--set", "W[0,0]=1e200")  # fmt: skip
    assert json.loads(out)["partial"]["result"] == "inf"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("--at", "0", "--into", "12"),
            "net_1 has 12 operations: 12 is not inside it; all of them are done at n = 1",
        ),
        (("--at", "delta_net2_H", "--into", "40"), "delta_H_net1 has 9 operations: 40 is not inside it"),
        (("--at", "0", "--into", "0"), '"0" is not a number of operations; expected 1 or more'),
        (("--at", "0", "--into", "x"), '"x" is not a number of operations; expected 1 or more'),
    ],
)
def test_what_is_not_inside_is_refused_in_one_line(ask, words, said):
    status, out, err = ask("show", *words)
    assert (status, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


def test_the_debugger_is_told_before_its_screen_opens(ask):
    status, _, err = ask("--at", "E", "--into", "9")
    assert (status, err) == (2, "bpstep: error: --into: delta_Y has 1 operation: 9 is not inside it; all of "
                                "it is done at n = 6\n")  # fmt: skip
