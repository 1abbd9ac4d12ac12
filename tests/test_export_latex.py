import re
from itertools import pairwise
from pathlib import Path

import pytest
from small_networks import OPTIONS, network

import bpstep
from bpstep.explain import latex
from bpstep.export import latex as document
from bpstep.netfile import builtin
from bpstep.program.derive import derive_program
from bpstep.session.session import Session


def equations(net):
    program = derive_program(net)
    return {step.name: latex.equation_latex(step, program) for step in program.steps}


def side(source, **more):
    """The right-hand side that the equation delta_Y has with this source."""
    net = network(program={"delta_Y": source}, **more)
    return equations(net)["delta_Y"].split(" = ", 1)[1]


def test_the_article_in_symbols():
    found = equations(builtin.open_network("article"))
    assert found["net_1"] == r"\mathrm{net}_{1} = X \, W + B_{1}"
    assert found["H"] == r"H = \sigma\left( \mathrm{net}_{1} \right)"
    assert found["E"] == r"E = \frac{1}{2} \sum \left( \mathrm{labelY} - Y \right)^{2}"
    assert found["delta_V"] == (
        r"\frac{\partial E}{\partial V} = \frac{\partial E}{\partial Y} \cdot "
        r"\frac{\partial Y}{\partial \mathrm{net}_{2}} \cdot H"
    )
    assert found["delta_net2_H"] == r"\frac{\partial \mathrm{net}_{2}}{\partial H} = V^{T}"
    rows = r"\frac{\partial E}{\partial w_{1}} \\ \frac{\partial E}{\partial w_{2}}"
    assert rf"\begin{{bmatrix}} {rows} \end{{bmatrix}}" in found["W"]


def test_products_of_matrices_and_of_cells_look_different():
    found = equations(network())
    assert found["delta_net2"].endswith(
        r"\frac{\partial E}{\partial Y} \odot \frac{\partial Y}{\partial \mathrm{net}_{2}}"
    )
    assert found["delta_V"].endswith(r"H^{T} \, \frac{\partial E}{\partial \mathrm{net}_{2}}")
    assert found["delta_B2"].endswith(r"\sum_{i} \frac{\partial E}{\partial \mathrm{net}_{2}}")


@pytest.mark.parametrize(
    ("source", "printed"),
    [
        ("Y - (labelY - Y)", r"Y - \left( \mathrm{labelY} - Y \right)"),
        ("(Y - labelY) * Y", r"\left( Y - \mathrm{labelY} \right) \odot Y"),
        ("-(Y + Y)", r"-\left( Y + Y \right)"),
        ("Y * -Y", r"Y \odot \left( -Y \right)"),
        ("(-Y)**2", r"\left( -Y \right)^{2}"),
        ("(Y / 2)**2", r"\left( \frac{Y}{2} \right)^{2}"),
        ("(Y**2)**3", r"\left( Y^{2} \right)^{3}"),
        ("sum(Y) * Y", r"\left( \sum Y \right) \cdot Y"),
        ("Y * sum(Y * Y)", r"Y \sum Y \odot Y"),
        ("Y / sum(Y, axis=-1, keepdims=True)", r"\frac{Y}{\sum_{j} Y}"),
        ("mean(Y, axis=0) + Y", r"\operatorname{mean}_{i}\left( Y \right) + Y"),
        ("where(Y > 0, 1, Y)", r"\begin{cases} 1 & \text{if } Y > 0 \\ Y & \text{otherwise} \end{cases}"),
        ("abs(sqrt(Y))", r"\left| \sqrt{Y} \right|"),
        ("log(Y) + 1e-08", r"\ln\left( Y \right) + 10^{-8}"),
        ("leaky_relu(Y)", r"\operatorname{leaky\_relu}\left( Y \right)"),
        ("Y[0:5] * X[0, 1]", r"Y[0:5] \cdot X[0, 1]"),
        ("ones_like(Y)", r"\mathbf{1}_{Y}"),
        ("Y.T.T", r"\left( Y^{T} \right)^{T}"),
        ("Y.reshape(5, 2)", r"\operatorname{reshape}_{5 \times 2}\left( Y \right)"),
        ("identity(Y)", "Y"),
        ("(Y[:, None] * Y[None])[0]", r"\left( Y[:, None] \odot Y \right)[0]"),
        ("concatenate([Y, Y], axis=1)[:, 0:2]", r"\begin{bmatrix} Y & Y \end{bmatrix}[:, 0:2]"),
        (
            "concatenate([Y[None], Y[None]], axis=2)[0, :, 0:2]",
            r"\operatorname{concatenate}\left( Y, Y, \text{axis=2} \right)[0, :, 0:2]",
        ),
    ],
)
def test_an_equation_in_symbols_means_what_its_text_means(source, printed):
    assert side(source) == printed


def test_names_of_optimisers_are_letters_with_subscripts():
    found = equations(network(optimizer="adam", optimizer_options=OPTIONS["adam"]))
    assert found["m_V"].startswith(r"m_{V} = \beta_{1} \cdot m_{V} + \left( 1 - \beta_{1} \right) \cdot")
    assert r"\beta_{2}^{t}" in found["V"]
    assert r"\varepsilon" in found["V"]


def test_names_of_greek_letters_become_the_letters():
    names = ("alpha", "beta", "gamma", "epsilon", "mu", "sigma", "omega", "Omega", "eta_1")
    net = bpstep.network(f"E = {' + '.join(names)}", dict.fromkeys(names, 1.0), parameters=["mu"])
    letters = r"\alpha + \beta + \gamma + \varepsilon + \mu + \sigma + \omega + \Omega + \eta_{1}"
    assert equations(net)["E"] == rf"E = {letters}"


ODD_TITLE = "50 % of {x}_1 & ~^\\ #$"
NETWORKS = [
    *builtin.network_names(),
    *(network(optimizer=name, optimizer_options=given, title=ODD_TITLE) for name, given in OPTIONS.items()),
    network("relu", "softmax", batch_size=2, reduction="mean"),
    network("elu", "silu", sizes=(30, 20, 2), samples=40),
]


@pytest.mark.parametrize("net", NETWORKS)
def test_a_document_is_balanced_and_uses_only_what_it_loads(net):
    net = builtin.open_network(net) if isinstance(net, str) else net
    lines = list(document.trace_latex(Session(net), 2))
    assert lines[0] == r"\documentclass{article}"
    assert lines[-1] == r"\end{document}"
    source = "\n".join(lines)
    assert re.findall(r"\\begin\{(\w+\*?)\}", source) == [*_closed(source)]
    math = re.sub(r"\\begin\{verbatim\}.*?\\end\{verbatim\}", "", source, flags=re.DOTALL)
    assert _braces(math)
    assert math.count(r"\left") == math.count(r"\right")
    known = set(re.findall(r"\\([A-Za-z]+)", math))
    assert known <= COMMANDS, known - COMMANDS
    assert math.isascii()
    # TeX refuses two subscripts, and two superscripts, of one letter.
    assert not re.search(r"_\{\w*\}_|\^\{\w*\}\^", math)
    assert all(len(row.split("&")) <= 10 for row in re.findall(r"\\begin\{bmatrix\}(.*?)\\\\", math))


def test_a_tensor_of_several_axes_has_brackets_for_each_slice():
    lines = list(document.trace_latex(Session(builtin.open_network("conv")), 1))
    images = next(line for line in lines if "X[0,:,:]" in line)
    found = re.findall(r"X\[([^]]*)\] &= \\begin\{bmatrix\} (.*?) \\end\{bmatrix\}", images)
    rows = {name: inside.split(r" \\ ") for name, inside in found}
    assert {name: len(inside) for name, inside in rows.items()} == {"0,:,:": 6, "1,:,:": 3, "2,2:,:": 4}
    value = Session(builtin.open_network("conv")).frame.tensors["X"]
    assert [float(cell) for cell in rows["1,:,:"][1].split(" & ")] == list(value[1, 1])
    assert [float(cell) for cell in rows["2,2:,:"][0].split(" & ")] == list(value[2, 2])
    assert rows["1,:,:"][-1].startswith(r"\vdots")
    assert any(r"\frac{\partial E}{\partial \mathrm{conv}}[0,0,:,:] &=" in line for line in lines)
    whole_left_out = next(line for line in lines if r"\mathrm{conv}[0,1,:,:]" in line)
    assert r"\end{bmatrix} \\ & \vdots \\ \mathrm{conv}[2,3,:,:] &=" in whole_left_out


COMMANDS = {
    *("documentclass", "usepackage", "title", "author", "date", "maketitle", "section", "subsection"),
    *("begin", "end", "noindent", "left", "right", "mathrm", "mathbf", "operatorname", "text"),
    *("frac", "partial", "cdot", "odot", "otimes", "times", "sum", "sqrt", "sigma", "tanh", "exp", "ln"),
    *("alpha", "beta", "gamma", "mu", "varepsilon", "le", "ge", "ne", "infty", "cdots", "vdots"),
    *("textbackslash", "textasciitilde", "textasciicircum", "textless", "textgreater"),
}


def _closed(source):
    """The environments in the order in which they were begun, once each was ended in its turn."""
    stack, found = [], []
    for kind, name in re.findall(r"\\(begin|end)\{(\w+\*?)\}", source):
        if kind == "begin":
            stack.append(name)
            found.append(name)
        else:
            assert stack.pop() == name
    assert not stack
    return found


def _braces(source):
    depth = 0
    for before, sign in pairwise(" " + source):
        if before != "\\":
            depth += (sign == "{") - (sign == "}")
        assert depth >= 0
    return depth == 0


def test_words_mean_themselves_in_latex():
    assert document.escape_latex("50 % of x_1 & {y}") == r"50 \% of x\_1 \& \{y\}"
    assert document.escape_latex("\\input\x1b 网") == r"\textbackslash{}input? ?"


def test_lists_pairs_and_letters_as_arguments():
    folder = Path(__file__).parent / "programs"

    def equation(name, step):
        return equations(builtin.open_network(str(folder / f"{name}.toml")))[step].split(" = ", 1)[1]

    stacked = r"\operatorname{stack}\left( h_{1}, h_{2}, h_{3}, \text{axis=1} \right)"
    assert equation("stack_rnn", "hs") == stacked
    assert equation("conv2d_maxpool", "padded").endswith(r"\left( X, ((0, 0), (1, 1), (1, 1)) \right)")
    assert equation("einsum_attn", "O") == r"\sum_{s} A_{bts} \, X_{bsd}"


def test_a_document_has_a_section_for_each_iteration_and_one_within_for_each_phase():
    lines = list(document.trace_latex(Session(builtin.open_network("article")), 2))
    titles = [line for line in lines if line.startswith(("\\section", "\\subsection"))]
    phases = [rf"\subsection*{{{phase}}}" for phase in ("Forward", "Loss", "Backward", "Update")]
    first, second = (rf"\section*{{Iteration {at}}}" for at in (0, 1))
    assert titles == [r"\section*{At the start}", first, *phases, second, *phases]
