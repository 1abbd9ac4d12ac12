"""Every function in symbols and in LaTeX: every text here was read before it was kept."""

import re
from types import SimpleNamespace

import pytest
from forward_programs import NAMES, backward, read
from function_examples import EXAMPLES, SHAPES

from bpstep.explain.latex import _Printer
from bpstep.explain.notation import Glyphs
from bpstep.explain.symbols import Symbols
from bpstep.lang import parser
from bpstep.lang.shapes import result_shape, value_shape
from bpstep.program.diagram import LayoutKind, TensorLayout


def printers(shapes):
    layouts = {name: TensorLayout(LayoutKind.NONE) for name in shapes}
    program = SimpleNamespace(shapes=shapes, step_indices={}, layouts=layouts, steps=[])
    return Symbols(program, Glyphs(), {}), Symbols(program, Glyphs(ascii=True), {}), _Printer(program)


def line(box):
    (only,) = box.lines
    return "".join(text for text, _ in only)


@pytest.mark.parametrize(
    ("text", "symbols", "latex"),
    [
        ("maximum(a, row)", "max(a, row)", r"\max\left( a, \mathrm{row} \right)"),
        ("clip(a, -0.5, 0.5)", "clip(a, −0.5, 0.5)", r"\operatorname{clip}\left( a, -0.5, 0.5 \right)"),
        ("square(a)", "a²", "a^{2}"),
        ("power(pos, b)", "pos^b", r"\mathrm{pos}^{b}"),
        ("log1p(pos)", "ln(1 + pos)", r"\ln\left( 1 + \mathrm{pos} \right)"),
        ("2 * expm1(a)", "2 · (e^a − 1)", r"2 \cdot \left( \exp\left( a \right) - 1 \right)"),
        ("sum(cube, axis=(0, 2))", "Σ over axes 0, 2 cube", r"\sum_{i, k} \mathrm{cube}"),
        ("mean(a, axis=0)", "mean over rows (a)", r"\operatorname{mean}_{i}\left( a \right)"),
        ("max(cube, axis=1)", "max over axis 1 (cube)",
         r"\operatorname{max}_{j}\left( \mathrm{cube} \right)"),
        ("dot(a, m)", "a m", r"a \, m"),
        ("dot(s, a)", "s · a", r"s \cdot a"),
        ('einsum("ij,jk->ik", a, m)', "Σ over j a[i,j] · m[j,k]", r"\sum_{j} a_{ij} \, m_{jk}"),
        ("stack([a, b], axis=1)", "stack(a, b, axis=1)",
         r"\operatorname{stack}\left( a, b, \text{axis=1} \right)"),
        ("m @ swapaxes(cube, 1, 2)", "m cubeᵀ", r"m \, \mathrm{cube}^{T}"),
        ("transpose(a)", "aᵀ", "a^{T}"),
        ("transpose(cube)", "transpose(cube)", r"\operatorname{transpose}\left( \mathrm{cube} \right)"),
        ("swapaxes(cube, 0, 1)", "swapaxes(cube, 0, 1)",
         r"\operatorname{swapaxes}\left( \mathrm{cube}, 0, 1 \right)"),
        ("windows(v, 2, axis=0)", "windows(v, 2, axis=0)",
         r"\operatorname{windows}\left( v, 2, \text{axis=0} \right)"),
        ("arange(size(cube, 0))", "arange(size(cube, 0))",
         r"\operatorname{arange}\left( \operatorname{size}\left( \mathrm{cube}, 0 \right) \right)"),
        ("one_hot(labels, 3)", "one_hot(labels, 3)",
         r"\operatorname{one\_hot}\left( \mathrm{labels}, 3 \right)"),
        ("v[:, None] * a.T", "v[:,None] · aᵀ", r"v[:, None] \odot a^{T}"),
        ("m[labels]", "m[labels]", r"m[\mathrm{labels}]"),
        ("m[grid - 1, 3]", "m[grid − 1,3]", r"m[\mathrm{grid} - 1, 3]"),
        ("cube.reshape(size(cube, 0), -1)", "cube as 2×12",
         r"\operatorname{reshape}_{\operatorname{size}\left( \mathrm{cube}, 0 \right) \times -1}"
         r"\left( \mathrm{cube} \right)"),
        # A matrix that becomes a vector is another thing; a row or column is not.
        ("a.reshape(6) * 2", "(a as 6) · 2", r"\operatorname{reshape}_{6}\left( a \right) \cdot 2"),
        ("column.reshape(-1)", "column", r"\operatorname{reshape}_{-1}\left( \mathrm{column} \right)"),
        ("cube[:, 0].reshape(-1)", "cube[:,0] as 8",
         r"\operatorname{reshape}_{-1}\left( \mathrm{cube}[:, 0] \right)"),
        ("(a + b)[:, :]", "(a + b)", "a + b"),
    ],
)  # fmt: skip
def test_functions_are_written_as_people_write_them(text, symbols, latex):
    tree = parser.parse(text, SHAPES, max_length=None)
    fancy, _, printer = printers(SHAPES)
    assert line(fancy.write(tree, False)) == symbols
    assert printer.piece(tree).text == latex


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        ("a / b > 0", "a / b > 0"),
        ("where(a / b <= 0, a, b)", "a if a / b ≤ 0, else b"),
        ("(a > b) * a", "(a > b) · a"),
        ("(a + b) == a", "a + b = a"),
        ("-(a < b)", "−(a < b)"),
    ],
)
def test_a_comparison_has_one_line_and_parentheses_inside_of_arithmetic(text, symbols):
    fancy = printers(SHAPES)[0]
    tree = parser.parse(text, SHAPES, max_length=None)
    assert line(fancy.write(tree, False)) == line(fancy.write(tree, True)) == symbols


def assert_readable(text, shapes):
    tree = parser.parse(text, shapes, max_length=None)
    fancy, plain, printer = printers(shapes)
    for stacked in (False, True):
        assert all(text.isprintable() for row in fancy.write(tree, stacked).lines for text, _ in row)
        assert all(text.isascii() for row in plain.write(tree, stacked).lines for text, _ in row)
    latex = printer.piece(tree).text
    assert latex.isascii()
    assert latex.count(r"\left") == latex.count(r"\right")
    depth = 0
    for sign in re.findall(r"(?<!\\)[{}]", latex):
        depth += 1 if sign == "{" else -1
        assert depth >= 0
    assert depth == 0
    return tree


@pytest.mark.parametrize("text", EXAMPLES)
def test_every_function_has_symbols_and_latex(text):
    assert_readable(text, SHAPES)


@pytest.mark.parametrize("name", NAMES)
def test_every_equation_of_a_program_has_symbols_and_latex(name):
    forward, start, parameters = read(name)
    shapes = {tensor: value_shape(value) for tensor, value in start.items()}
    derived = [(line.name, line.source) for line in backward(forward, start, parameters)]
    for tensor, source in [*forward, *derived]:
        shapes[tensor] = result_shape(assert_readable(source, shapes), shapes)
