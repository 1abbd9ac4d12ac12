"""The screens kept as text in tests/goldens/: `python -m tests.golden_screens` writes them again.

A file contains the screens of one group, each under a line that names it. Beside some screens, letters show
the role of each cell, so that highlights and the selection are kept, too. Read the changes before you accept
them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bpstep.learn import puzzle
from bpstep.model.network import Network
from bpstep.netfile.builtin import open_network
from bpstep.render.canvas import Canvas
from bpstep.render.theme import Theme
from bpstep.session.session import Session
from bpstep.ui.compose import make_controller
from bpstep.ui.controller import Controller
from bpstep.ui.input import handle_key

FOLDER = Path(__file__).parent / "goldens"
SMALL, LARGE = (80, 24), (120, 36)

LETTERS = {
    "write": "W", "read": "R", "known": "K", "selected": "S", "pointed": "P", "coming": "c", "alert": "!",
    "plus": "+", "minus": "-", "bright": "B", "param": "p", "key": "k", "focus": "F", "frame": "f",
    "quiet": "q",
}  # fmt: skip


@dataclass(frozen=True)
class Screen:
    """A screen: the network, its position, the keys pressed, and its appearance."""

    name: str
    network: str = "article"
    at: str = "0"
    keys: tuple[str, ...] = ()
    size: tuple[int, int] = SMALL
    theme: Theme = field(default_factory=Theme)
    roles: bool = False


def equations(size: tuple[int, int]) -> list[Screen]:
    """Every moment of the article's first iteration."""
    return [Screen(f"n = {n}", at=str(n), size=size) for n in range(17)]


def typed(*words: str) -> tuple[str, ...]:
    """Keys: a word in brackets is the name of one, any other is typed."""
    return tuple(key for word in words for key in ([word[1:-1]] if word[0] == "[" else word))


_EDIT = typed("/W", "[enter]", "[right]", "e0.9")
_EQUATION = typed("E", "[ctrl+u]")
_MISSED = ("n0.3841", "[enter]", "n-0.05", "[enter]")
_POINTS = typed("Badelta_Y if abs(delta_Y) < 0.2 hits 3", "[enter]", "aloss rises", "[enter]")
_WATCHES = typed("wV[0,0]", "[enter]", "wsum(abs(delta_V))", "[enter]", "wE", "[enter]")
_PLAIN, _SIXTEEN, _ASCII = Theme(depth="none"), Theme(depth="sixteen"), Theme(ascii=True)

_FORKED = typed("a/W", "[enter]", "[right]", "e3", "[enter]", "gi40:delta_V", "[enter]")

GROUPS: dict[str, list[Screen]] = {
    "article-80x24": equations(SMALL),
    "article-120x36": equations(LARGE),
    "roles": [
        Screen("forward", at="net_1", roles=True),
        Screen("backward", at="delta_V", roles=True),
        Screen("reuse", at="delta_w1", roles=True),
        Screen("update", at="W", roles=True),
        Screen("an edge is selected", at="delta_V", keys=typed("[f2]", "[left]"), roles=True),
        Screen("wrong equation", "article-as-printed", "i3:delta_Y", roles=True),
        Screen("first non-finite", "overflowing", "i2:net_1", roles=True),
        Screen("sixteen colours", at="delta_V", theme=_SIXTEEN, roles=True),
    ],
    "ascii": [
        Screen("start", theme=_ASCII),
        Screen("forward", at="net_1", theme=_ASCII),
        Screen("backward", at="delta_w2", theme=_ASCII),
        Screen("large", at="delta_V", size=LARGE, theme=_ASCII),
        Screen("softmax", "penguins", "delta_net2", theme=_ASCII),
    ],
    "no-colour": [
        Screen("forward", at="net_1", theme=_PLAIN, roles=True),
        Screen("backward", at="delta_V", theme=_PLAIN, roles=True),
        Screen("update", at="V", theme=_PLAIN, roles=True),
    ],
    "edits": [
        Screen("a value is typed", at="delta_V", keys=_EDIT),
        Screen("a value that won't do", at="delta_V", keys=typed("exyz", "[enter]")),
        Screen("edited", at="delta_V", keys=(*_EDIT, "enter")),
        Screen("undone", at="delta_V", keys=(*_EDIT, "enter", "U")),
        Screen("a result is edited", at="H", keys=typed("e0.5", "[enter]")),
        Screen("not computed", at="H", keys=typed("/E", "[enter]", "e")),
        Screen("all dropped?", at="delta_V", keys=(*_EDIT, "enter", "R")),
        Screen("an edit and a mark", at="H", keys=typed("e0.5", "[enter]", "4nmhere", "[enter]", "n")),
    ],
    "own-equations": [
        Screen("typed over the line that ran", at="delta_Y", keys=typed("E"), roles=True),
        Screen("told while it is typed", at="delta_Y", keys=typed("E + delta_V")),
        Screen("in force", at="i1:delta_Y", keys=(*typed("E", "[ctrl+u]", "labelY - Y", "[enter]"), "n")),
        Screen("undone", at="i1:delta_Y", keys=typed("E", "[ctrl+u]", "labelY - Y", "[enter]", "U")),
        Screen("the first at the start", keys=typed("E")),
        Screen("on its own lines", "penguins", "delta_net2", keys=typed("E * 1")),
        Screen("with the network alone", at="delta_Y", keys=typed("[f2]", "zE")),
        Screen("60x18", at="delta_H_net1", keys=typed("E"), size=(60, 18)),
        Screen("plain", at="delta_Y", keys=typed("E-"), theme=_ASCII),
    ],
    "runs": [
        Screen("forked", at="i3:delta_w1", keys=typed("a")),
        Screen("edited in B", at="i3:delta_w1", keys=_FORKED),
        Screen("switched to A", at="i3:delta_w1", keys=(*_FORKED, "A")),
        Screen("compared", at="i3:delta_w1", keys=(*_FORKED, "v"), roles=True),
        Screen("compared, large", at="i3:delta_w1", keys=(*_FORKED, "v"), size=LARGE),
        Screen("compared in ASCII", at="i3:delta_w1", keys=(*_FORKED, "v"), theme=_ASCII),
        Screen("compared right after the fork", at="i3:delta_w1", keys=typed("av")),
        Screen("cells", "mazur", "i3", keys=typed("ae0.5", "[enter]", "}v", "[down]", "[enter]")),
        Screen("another fork?", at="i3:delta_w1", keys=typed("aa")),
    ],
    # If everything is right, the last digits of the differences are rounding errors of the machine, and not
    # kept.
    "gradient-check": [
        Screen("the equation to blame", "article-as-printed", keys=typed("G"), roles=True),
        Screen("its elements", "article-as-printed", keys=typed("G", "[down]", "[down]", "[enter]")),
        Screen("no h helps", "article-as-printed", keys=typed("G", "[down]", "h")),
        Screen("there", "article-as-printed", "i2:W", keys=typed("G", "[enter]")),
        Screen("60x18", "article-as-printed", keys=typed("G"), size=(60, 18)),
        Screen("plain", "article-as-printed", keys=typed("G"), theme=_ASCII),
    ],
    "why-80x24": [
        Screen("a gradient", at="delta_w1", keys=typed("[right]", "i"), roles=True),
        Screen("an operand", at="delta_w1", keys=typed("[right]", "i", "[down]", "[down]", "i"), roles=True),
        Screen("its only path", at="delta_w1", keys=typed("[right]", "i", "[tab]"), roles=True),
        Screen("the iteration before", at="i2:net_1", keys=typed("i", "[down]", "ii")),
        Screen("an initial weight", keys=typed("/W", "[enter]", "i")),
        Screen("readers", at="i1", keys=typed("/delta_Y", "[enter]", "i")),
        Screen("an edited result", at="net_2", keys=typed("/H", "[enter]", "e0.5", "[enter]", "i")),
        Screen("an optimiser", "deep", "i3:W4", keys=typed("i")),
        Screen("a minibatch", "penguins", "i20:delta_W", keys=typed("i")),
        Screen("four paths", "xor", "delta_W", keys=typed("i", "[tab]", "[down]")),
        Screen("784 terms", "wide", "i1:net_1", keys=typed("i")),
        Screen("60x18", "penguins", "i20:delta_net2", keys=typed("i"), size=(60, 18)),
        Screen("alone", "penguins", "i20:delta_W", keys=typed("iz")),
        Screen("ascii", at="i2:net_1", keys=typed("i", "[down]", "i"), theme=_ASCII),
        Screen("no colour", at="delta_V", keys=typed("i", "[down]"), theme=_PLAIN, roles=True),
    ],
    "why-120x36": [
        Screen("a gradient", at="delta_w1", keys=typed("[right]", "i"), size=LARGE),
        Screen("two paths", "mazur", "delta_W", keys=typed("i", "[tab]", "[down]"), size=LARGE, roles=True),
        Screen("1,024 paths", "deep", "i20:delta_W1", keys=typed("i", "[tab]", "[down]"), size=LARGE),
        Screen("a softmax", "penguins", "i20:Y", keys=typed("i"), size=LARGE),
    ],
    "running": [
        Screen("a breakpoint is met", at="H", keys=typed("bnnnc"), roles=True),
        Screen("no breakpoint", keys=typed("c")),
        Screen("the breakpoints", keys=(*_POINTS, "space")),
        Screen("what can not be one", keys=typed("BaE if delta_V > 0")),
        Screen("watches", at="i20:H", keys=_WATCHES),
        Screen("watches, large, ASCII", at="i20:H", keys=_WATCHES, size=LARGE, theme=_ASCII),
        Screen("the list of watches", at="i20:H", keys=(*_WATCHES, "W")),
        Screen("the list of watches, 60x18", at="i20:H", keys=(*_WATCHES, "W"), size=(60, 18)),
        Screen("playing", at="E", keys=typed("[space]")),
        Screen("last change", at="i20:H", keys=typed("/W", "[enter]", "L")),
    ],
    "questions": [
        Screen("where to", keys=typed("g")),
        Screen("nowhere", keys=typed("gthere", "[enter]")),
        Screen("find", at="E", keys=typed("/delta")),
        Screen("a count", at="E", keys=typed("12")),
        Screen("nothing before the start", keys=typed("N")),
        Screen("no mark", keys=typed("'")),
    ],
    "sizes": [
        Screen("60x18", at="delta_V", size=(60, 18)),
        Screen("60x18 network", at="delta_V", keys=typed("[f2]"), size=(60, 18)),
        Screen("76x20", at="delta_w1", size=(76, 20)),
        Screen("too small", at="delta_V", size=(59, 18)),
        Screen("tiny", at="delta_V", size=(20, 4)),
        Screen("200x50", at="delta_w1", size=(200, 50)),
        Screen("network alone", at="delta_V", keys=typed("[f2]", "z")),
        Screen("tensors alone", at="delta_V", keys=typed("z")),
        Screen("formula alone", at="delta_w1", keys=typed("[f4]", "z")),
        Screen("8 decimals", at="delta_V", keys=typed("x")),
        Screen("exact", at="delta_V", keys=typed("xxx"), size=LARGE),
    ],
    "inside": [
        Screen("a product", keys=typed("4s"), roles=True),
        Screen("a sum", keys=typed("8s"), roles=True),
        Screen("a bias", keys=typed("11s")),
        Screen("an activation by its definition", at="H", keys=typed("3S")),
        Screen("a loss", at="E", keys=typed("S")),
        Screen("the last factor", at="delta_w1", keys=typed("2S")),
        Screen("nothing but moving", at="delta_net2_H", keys=typed("S")),
        Screen("a step downhill", at="V", keys=typed("2S"), roles=True),
        Screen("the next iteration", at="i1", keys=typed("2s")),
        Screen("another cell is chosen", at="0", keys=typed("4s", "/net_1", "[enter]", "[right]", "[right]")),
        Screen("edited inside", at="0", keys=typed("4s", "/W", "[enter]", "[down]", "e0.9", "[enter]")),
        Screen("not inside", at="H", keys=typed("f")),
        Screen("60x18", at="0", keys=typed("4s"), size=(60, 18)),
        Screen("ascii", at="0", keys=typed("8s"), theme=_ASCII),
        Screen("without colours", at="0", keys=typed("4s"), theme=_PLAIN, roles=True),
        Screen("exact numbers", at="0", keys=typed("4s", "xxx")),
        Screen("large", "mazur", "net_2", typed("3s"), LARGE),
        Screen("softmax, its largest", "penguins", "net_2", typed("2s")),
        Screen("softmax, its sum", "penguins", "net_2", typed("300s")),
        Screen("softmax, backwards", "penguins", "delta_Y", typed("300s")),
        Screen("over the samples", "penguins", "delta_net2", typed("500s"), LARGE),
        Screen("momentum", "penguins", "delta_B1", typed("30s")),
        Screen("784-128-10, a product", "wide", "0", typed("3s")),
        Screen("784-128-10, a sum", "wide", "0", typed("6422928s")),
        Screen("784-128-10, a gradient", "wide", "delta_net1", typed("300000s")),
        Screen("784-128-10, an update", "wide", "B2", typed("100357s")),
    ],
    "networks": [
        Screen("mazur, forward", "mazur", "net_2"),
        Screen("mazur, backward", "mazur", "delta_W", size=LARGE),
        Screen("han-kamber", "han-kamber", "delta_B1"),
        Screen("xor", "xor", "E"),
        Screen("penguins", "penguins", "i30:delta_W"),
        Screen("deep", "deep", "delta_net3_H2"),
        Screen("deep, update", "deep", "W4", size=LARGE),
        Screen("784-128-10", "wide", "net_1"),
        Screen("784-128-10, far in", "wide", "delta_W", keys=typed("/W", "[enter]", "399j", "76l", "[f2]")),
        Screen("iteration 1000", at="i1000"),
    ],
    "columns": [
        Screen("at the start", "batchnorm_mlp"),
        Screen("forward", "batchnorm_mlp", "xhat", roles=True),
        Screen("a part of a gradient", "batchnorm_mlp", "delta_mu_via_xhat", roles=True),
        Screen("backward", "batchnorm_mlp", "delta_net1", size=LARGE),
        Screen("an update", "batchnorm_mlp", "i1:gamma"),
        Screen("layer normalisation", "layernorm_mlp", "mu", roles=True),
        Screen("dropout, ascii", "dropout_mlp", "delta_H", theme=_ASCII),
        Screen("softmax in parts", "softmax_ce_unfused", "counts", size=LARGE),
        Screen("inside an equation", "batchnorm_mlp", "net_1", keys=typed("3s")),
        Screen("60x18", "batchnorm_mlp", "delta_xhat", keys=typed("[f2]"), size=(60, 18)),
    ],
    "rails": [
        Screen("at the start", "batchnorm on rails"),
        Screen("forward", "batchnorm on rails", "xhat", roles=True),
        Screen("a part of a gradient", "batchnorm on rails", "delta_mu_via_xhat"),
        Screen("backward", "batchnorm on rails", "delta_net1", size=LARGE),
        Screen("a parameter's gradient", "batchnorm on rails", "delta_gamma", roles=True),
        Screen("an update", "batchnorm on rails", "i1:W", size=LARGE),
        Screen("a parameter is selected", "batchnorm on rails", "bn", keys=typed("[f2]", "[right]")),
        Screen("residual, backward", "residual_mlp", "i1:delta_H2", keys=typed("[f2]"), roles=True),
        Screen("residual, zoomed", "residual_mlp", "i1:delta_H2", keys=typed("[f2]", "z")),
        Screen("inside an equation", "residual_mlp", "H1", keys=typed("3s")),
        Screen("ascii", "batchnorm on rails", "xhat", theme=_ASCII),
        Screen("no colour", "residual_mlp", "delta_H2", theme=_PLAIN),
        Screen("attention, forward", "attention", "S", roles=True),
        Screen("attention, backward", "attention", "delta_x"),
        Screen("attention, large", "attention", "delta_a", size=LARGE),
        Screen("attention, zoomed", "attention", "i1:delta_a", keys=typed("[f2]", "z")),
        Screen("60x18", "batchnorm on rails", "delta_xhat", keys=typed("[f2]"), size=(60, 18)),
    ],
    "heat": [
        Screen("in colour", "penguins", "i30:delta_W", typed("xxxx"), roles=True),
        Screen("ascii", "batchnorm_mlp", "delta_net1", typed("xxxx"), theme=_ASCII),
        Screen("no colour", "attention", "A", typed("xxxx"), LARGE, _PLAIN),
        Screen("zoomed", "wide", "delta_W", typed("xxxxz"), theme=_PLAIN),
        Screen("summary", "penguins", "i30:delta_W", typed("xxxxx"), roles=True),
        Screen("summary, zoomed", "overflowing", "i2:net_1", typed("xxxxxz")),
    ],
    "plane": [
        Screen("xor learns", "xor", "i60:W", typed("D"), roles=True),
        Screen("ascii", "xor", "i60:W", typed("D"), theme=_ASCII),
        Screen("sixteen colours", "deep", "i300", typed("D"), theme=_SIXTEEN, roles=True),
        Screen("no colour, zoomed", "deep", "i300", typed("Dz"), theme=_PLAIN),
        Screen("one sample", "article", "i4", typed("D"), (60, 18), _ASCII),
        Screen("two runs", "xor", "i60", typed("Da/W", "[enter]", "e5", "[enter]", "}"), theme=_ASCII),
        Screen("none", "penguins", "i1", typed("D")),
    ],
    "listing": [
        Screen("in place of the formula", at="delta_V", keys=typed("[f6]"), roles=True),
        Screen("beside it", at="delta_V", keys=typed("[f6]"), size=LARGE),
        Screen("at the start", keys=typed("[f6]")),
        Screen("a line is chosen", "article-as-printed", "E", typed("[f6]", "[down]", "b"), roles=True),
        Screen("the whole program", "penguins", "i3:delta_W", typed("[f6]", "z")),
        Screen("typed over its line", at="delta_Y", keys=typed("[f6]", "E")),
        Screen("60x18", "mazur", "delta_net2", typed("[f6]"), (60, 18)),
        Screen("ascii", "article-as-printed", "delta_V", typed("[f6]", "b"), LARGE, _ASCII),
    ],
    "zoomed": [
        Screen("a matrix", "penguins", "i30:delta_net1", typed("z", "[down]")),
        Screen("a vector", "wide", "delta_B1", typed("z")),
        Screen("a part of a matrix", "wide", "delta_W", typed("z40l20j")),
        Screen("a number", at="E", keys=typed("z")),
    ],
    "predict": [
        Screen("asked", at="net_1", keys=typed("pn0.24")),
        Screen("an operation asked", keys=typed("ps0.04", "[enter]")),
        Screen("right", at="net_1", keys=typed("pn0.56", "[enter]")),
        Screen("wrong", at="delta_Y_net2", keys=typed("pn-0.2128", "[enter]")),
        Screen("no number", "mazur", "delta_net2", keys=typed("pnmuch", "[enter]"), size=LARGE),
        Screen("misses", at="E", keys=typed("pn0.38", "[enter]", *_MISSED, "p")),
    ],
    "puzzles": [
        Screen("at the start", "puzzle ember"),
        Screen("a gradient", "puzzle ember", "delta_H_net1"),
        Screen("an update", "puzzle reed", "i1:V", size=LARGE),
        Screen("the second hint", "puzzle meadow", "delta_net1", keys=typed("HH")),
        Screen("mended wrongly", "puzzle ember", "delta_H_net1", keys=(*_EQUATION, *"H * H", "enter")),
        Screen("one's own line", "puzzle ember", "delta_H_net1", keys=(*_EQUATION, *"H * H", "enter", "x")),
        Screen("solved", "puzzle ember", "delta_H_net1", keys=(*_EQUATION, *"H * (1 - H)", "enter")),
        Screen("no hint", keys=typed("H")),
    ],
}  # fmt: skip


def made(name: str) -> Network:
    """A built-in network, a puzzle, or one made for a screen."""
    import networks_for_screens
    from on_rails import open_on_rails

    if name.startswith("puzzle "):
        return puzzle.open_puzzle(name.removeprefix("puzzle "))
    if name in networks_for_screens.MADE:
        return networks_for_screens.MADE[name]()
    if name == "batchnorm on rails":
        return open_on_rails(str(Path(__file__).parent / "programs" / "batchnorm_mlp.toml"))
    forward = Path(__file__).parent / "programs" / f"{name}.toml"
    return open_network(str(forward) if forward.exists() else name)


def controller(screen: Screen) -> Controller:
    """The controller after the screen's keys."""
    session = Session(made(screen.network))
    session.goto(screen.at)
    found = make_controller(session, screen.theme)
    found.size = screen.size
    for key in screen.keys:
        handle_key(found, key)
        # On a machine that is busy, what takes a blink elsewhere goes in portions.
        while found.job is not None:
            found.advance_job()
    return found


def drawn(canvas: Canvas, roles: bool) -> str:
    """The text of a canvas, followed by the letters of its roles if they are requested."""
    if not roles:
        return canvas.text()
    lines = ("".join(_letter(role) for role in row).rstrip() for row in canvas.roles)
    return canvas.text() + "- roles -\n" + "\n".join(lines) + "\n"


def _letter(role: str) -> str:
    return LETTERS.get(role.partition(" on ")[0], " ")


def helps() -> Iterator[tuple[str, str]]:
    """The help from its start to its end, pages of the manual, a search."""
    found = controller(Screen("help", keys=("?",)))
    shown, page = "", 0
    while (text := found.draw().text()) != shown:
        shown, page = text, page + 1
        yield f"help, page {page}", shown
        handle_key(found, "pagedown")
    for screen in (
        Screen("the manual, 60x18", keys=typed("?", "[tab]"), size=(60, 18)),
        Screen("a page", keys=typed("?", "[tab]", "[down]", "[down]", "[enter]"), roles=True),
        Screen("a page, 60x18", keys=typed("?", "[tab]", "[enter]"), size=(60, 18)),
        Screen("the search", keys=typed("?/chain rule")),
        Screen("what it finds", keys=typed("?/breakpoint", "[enter]")),
        Screen("a place that it found", keys=typed("?/chain rule", "[enter]", "[enter]", ","), roles=True),
    ):
        yield screen.name, drawn(controller(screen).draw(), screen.roles)


_ROUNDING = re.compile(r" *-?\d(\.\d)?e-(1[6-9]|2\d)")
"""What rounding left of a number that is 0: another at each machine, as libraries add in another order."""


def golden(group: str) -> str:
    """A group's current screens, in the form of its file."""
    screens = (
        helps()
        if group == "help"
        else ((s.name, drawn(controller(s).draw(), s.roles)) for s in GROUPS[group])
    )
    text = "\n".join(f"=== {name}\n{text}" for name, text in screens)
    return _ROUNDING.sub(lambda number: "≈0".rjust(len(number[0])), text)


NAMES = (*GROUPS, "help")


def main() -> None:
    """Write every file."""
    import sys

    sys.path.insert(0, str(Path(__file__).parent))
    FOLDER.mkdir(exist_ok=True)
    for name in NAMES:
        (FOLDER / f"{name}.txt").write_text(golden(name), encoding="utf-8")


if __name__ == "__main__":
    main()
