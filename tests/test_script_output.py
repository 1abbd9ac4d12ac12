"""What a script prints is kept up to a bound, and what it shows is counted before it is made text."""

import pytest

from bpstep.__main__ import main
from bpstep.errors import BpstepError
from bpstep.netfile.builtin import open_network
from bpstep.render.theme import Theme
from bpstep.script import limits
from bpstep.script.interpreter.nesting import check_nested
from bpstep.script.interpreter.output import Output
from bpstep.session.origin import open_script_file
from bpstep.session.script import printed_text
from bpstep.session.session import Session
from bpstep.ui.compose import make_controller
from bpstep.ui.input import handle_key


def test_what_is_printed_beyond_the_bound_is_counted_and_dropped():
    output = Output(5)
    assert output.write("abc") == 3
    assert (output.text, output.dropped) == ("abc", 0)
    assert output.write("de") == 2
    assert (output.text, output.dropped) == ("abcde", 0)
    assert output.write("fg") == 2
    assert (output.text, output.dropped, output.size) == ("abcde", 2, 7)
    one = Output(5)
    one.write("abcd")
    one.write("e")
    assert (one.text, one.dropped) == ("abcde", 0)
    split = Output(5)
    split.write("abcdefg")
    assert (split.text, split.dropped) == ("abcde", 2)


def test_values_are_printed_as_by_python():
    output, other = Output(100), Output(100)
    output.show(1, "a", [2])
    output.show(1, 2, sep="-", end="!")
    output.show(1, 2, sep=None, end=None)
    output.show("there", file=other)
    output.show()
    assert output.text == "1 a [2]\n1-2!1 2\n\n"
    assert other.text == "there\n"
    with pytest.raises(TypeError, match="must be str, not int"):
        output.write(1)


def nested(depth):
    value = [1]
    for _ in range(depth):
        value = [value, value]
    return value


def test_items_are_counted_through_all_containers(monkeypatch):
    monkeypatch.setattr(limits, "MAX_ITEMS", 12)
    inside = (
        [0] * 11,
        (0,) * 11,
        {"a": 0, "b": 0, "c": 0, "d": 0},
        [[0] * 4, [0] * 4],
        ["a" * 127, 1, 2],
        7,
        "x" * 99,
    )
    for value in inside:
        assert check_nested(value) is value
    for value in (
        [0] * 12,
        [0, [0] * 12],
        [[0] * 12, 0],
        [[0] * 5, [0] * 5],
        {"a": [0] * 5, "b": [0] * 6},
        ["a" * 64] * 12,
        nested(9),
    ):
        with pytest.raises(limits.OutOfBounds):
            check_nested(value)
    itself = [1]
    itself.append(itself)
    assert check_nested(itself) is itself


def test_containers_are_nested_two_hundred_deep_at_most():
    value = []
    for _ in range(200):
        value = [value]
    check_nested(value)
    with pytest.raises(limits.OutOfBounds):
        check_nested([value])


PRINTING = """
import numpy as np
import matplotlib.pyplot as plt
from tqdm import tqdm

W, X = np.random.randn(2, 1), np.random.randn(4, 2)
y = X @ np.ones((2, 1))
print("start", end="\\t!\\n")
for epoch in tqdm(range(30)):
    o = X @ W
    d = o - y
    W -= 0.1 * X.T @ d / 2
    if epoch % 5 == 0:
        print(f"epoch {epoch}")
        plt.plot(d)
"""


@pytest.fixture
def printing(tmp_path):
    path = tmp_path / "printing.py"
    path.write_text(PRINTING)
    return path


def test_what_was_printed_until_an_iteration_is_shown_on_request(printing):
    controller = make_controller(Session(open_script_file(printing)), Theme())
    controller.session.goto(7 * controller.session.period)
    controller.run_action("printed")
    shown = controller.draw().text()
    assert "by the end of iteration 6" in shown
    assert [line.strip() for line in shown.split("\n")[1:5]] == ["start   !", "epoch 0", "epoch 5", ""]
    handle_key(controller, "escape")
    assert controller.panel is None


def test_a_long_text_is_shown_from_its_end(tmp_path):
    path = tmp_path / "long.py"
    path.write_text(PRINTING.replace('"start", end="\\t!\\n"', '"\\n".join(map(str, range(100)))'))
    controller = make_controller(Session(open_script_file(path)), Theme())
    controller.run_action("printed")
    assert "epoch 0" in controller.draw().text()
    assert "  99\n" in controller.draw().text()
    handle_key(controller, "pageup")
    assert "epoch 0" not in controller.draw().text()


def test_a_network_prints_nothing():
    controller = make_controller(Session(open_network("xor")), Theme())
    with pytest.raises(BpstepError, match="a network prints nothing"):
        printed_text(controller.session.timeline, 0)


def test_show_prints_it_without_what_steers_a_terminal(printing, capsys):
    printing.write_text(PRINTING.replace("epoch {epoch}", "\\x1b[2J{epoch}"))
    assert main(["show", str(printing), "--at", "i6", "--printed"]) == 0
    assert capsys.readouterr().out == "start   !\n\\x1b[2J0\n\\x1b[2J5\n"


def test_what_is_written_beside_a_progress_bar_is_printed(printing, capsys):
    printing.write_text(PRINTING.replace('print(f"epoch {epoch}")', 'tqdm.write(f"epoch {epoch}")'))
    assert main(["show", str(printing), "--at", "i6", "--printed"]) == 0
    assert capsys.readouterr().out == "start   !\nepoch 0\nepoch 5\n"


def test_the_check_says_what_is_not_as_in_a_run_by_python(printing, capsys):
    assert main(["check", str(printing)]) == 0
    assert capsys.readouterr().out.split("\n")[2:4] == [
        "np.random has no seed: bpstep uses 0; run by Python, the script draws different numbers each time.",
        "Skipped: matplotlib.pyplot.plot (once), tqdm (once).",
    ]
    printing.write_text(PRINTING.replace("W, X", "np.random.seed(0)\nW, X"))
    main(["check", str(printing)])
    assert "seed" not in capsys.readouterr().out


def test_more_than_is_kept_is_told(printing):
    controller = make_controller(Session(open_script_file(printing)), Theme())
    controller.session.timeline._script._interpreter.output.limit = 12
    controller.run_action("printed")
    assert "What was printed after that was not kept." in controller.draw().text()
