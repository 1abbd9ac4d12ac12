"""Names of East Asian characters, each two columns wide: all stands where it stands beside other names."""

import ast
import re

import pytest
from debugger_driver import press

from bpstep.export.text import moment_text
from bpstep.lang.parser import parse
from bpstep.render.theme import Theme
from bpstep.session.origin import open_script_file
from bpstep.session.session import Session
from bpstep.ui.compose import make_controller

SCRIPT = """import numpy as np

输入 = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
目标 = np.array([[1.0], [0.0], [1.0]])
重 = np.full((2, 3), 0.3)
出口权 = np.full((3, 1), -0.2)
for step in range(9):
    中 = np.tanh(输入 @ 重)
    输出 = 1 / (1 + np.exp(-(中 @ 出口权)))
    误差 = 输出 - 目标
    中误差 = 误差 @ 出口权.T * (1 - 中**2)
    出口权 = 出口权 - 0.1 * 中.T @ 误差
    重 = 重 - 0.1 * 输入.T @ 中误差
"""

TWINS = {
    "中误差": "dhhhid",
    "出口权": "Vexits",
    "输入": "inpu",
    "目标": "targ",
    "输出": "outp",
    "误差": "errr",
    "重": "WW",
    "中": "hh",
}
"""Each name, and one of as many columns in ASCII; longer names first."""


def in_ascii(text):
    for name, twin in TWINS.items():
        text = text.replace(name, twin)
    return text


@pytest.fixture(scope="module")
def scripts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own")
    paths = folder / "wide" / "own.py", folder / "plain" / "own.py"
    for path, text in zip(paths, (SCRIPT, in_ascii(SCRIPT))):
        path.parent.mkdir()
        path.write_text(text, "utf-8")
    return [open_script_file(path) for path in paths]


def at(script, n):
    session = Session(script)
    session.goto(n)
    return session


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (40, 24)])
@pytest.mark.parametrize("keys", ["", "s", "i", "z", "H", "L", "f6"])
def test_a_screen_is_the_same_with_wide_names(scripts, size, keys):
    for n in range(7):
        shown = []
        for script in scripts:
            made = make_controller(at(script, n), Theme())
            made.size = size
            press(made, *filter(None, [keys]))
            shown.append(in_ascii(made.draw().text()).splitlines())
        assert shown[0] == shown[1], n


def test_the_text_of_a_moment_is_the_same_with_wide_names(scripts):
    wide, plain = ("\n".join(moment_text(at(script, 6).frame)) for script in scripts)
    assert in_ascii(wide) == plain


@pytest.mark.parametrize("text", ["α * θ + θ @ 重", "a + α * A + θ + ω[0]"])
def test_several_names_of_one_letter_stand_beside_each_other(text):
    names = set(re.findall(r"\w+", text)) - {"0"}
    tree = parse(text, names)
    read = {node.id: text[node.col_offset : node.end_col_offset] for node in ast.walk(tree) if is_name(node)}
    assert set(read) == names
    assert all(name == there for name, there in read.items())


def is_name(node):
    return isinstance(node, ast.Name)
