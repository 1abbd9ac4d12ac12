"""`i` at the keys: the answer, its operands followed and walked back, the paths, and how it closes."""

import re
from itertools import cycle

import numpy as np
import pytest
from debugger_driver import controller, debugging
from make_networks import mazur
from networks_for_screens import MADE

from bpstep.engine.checkpoints import RecentStates
from bpstep.explain.operands import OmittedTerms
from bpstep.netfile.builtin import open_network
from bpstep.program.diagram import Edge, Node
from bpstep.render.view_state import selection
from bpstep.ui import input
from bpstep.ui.commands.why import WhyPanel, why_view


def asked(person):
    """The cell that the panel is about."""
    return person.controller.panel.entry.question.cell


def lower(person):
    """The lines of the answer, from its rule on."""
    at = next(y for y, line in enumerate(person.lines) if " why " in line and y)
    return person.lines[at:-2]


def chosen(person):
    return next(line for line in lower(person) if "▸" in line).split("▸")[1].split()


async def test_the_arithmetic_stands_in_names_and_in_numbers_over_its_operands():
    async with debugging(at="delta_V") as person:
        await person.press("i")
        text = lower(person)
        assert text[0].startswith("─ why ─ delta_V[0] ")
        assert " step 8 " in text[0]
        assert text[1].strip() == "delta_V[0] = delta_Y × delta_Y_net2 × H[0]"
        assert text[2].strip() == "= -0.3803 × 0.2357 × 0.5597 = -0.0502"
        assert [line.split() for line in text[3:7]] == [
            ["from", "▸", "delta_Y", "y", "-0.3803", "step", "6"],
            ["delta_Y_net2", "y", "0.2357", "step", "7"],
            ["H[0]", "h1", "0.5597", "step", "2"],
            ["read", "by", "V", "·", "step", "15,", "not", "done", "yet"],
        ]
        # Network and table stay.
        assert " network " in person.lines[1]
        assert " tensors " in person.lines[1]


async def test_operands_are_followed_to_the_data_and_escape_walks_back_to_the_beginning():
    async with debugging(at="delta_V") as person:
        before = person.text
        await person.press("i", "enter")
        assert asked(person) == "delta_Y[0]"
        assert "delta_V[0] ‹ delta_Y " in lower(person)[0]
        await person.press("i", "right")
        assert asked(person) == "net_2[0]"
        await person.press("down", "i")
        assert asked(person) == "V[0,0]"
        assert "V[0,0] = 0.1: initial weight" in person.text
        assert "delta_V[0] ‹ delta_Y ‹ Y ‹ net_2 ‹ V[0,0]" in lower(person)[0]
        assert (person.n, person.controller.session.is_current) == (8, True)
        await person.press("escape")
        assert asked(person) == "net_2[0]"
        # Where one was is remembered.
        assert chosen(person)[0] == "V[0,0]"
        await person.press("left", "h", "escape")
        assert asked(person) == "delta_V[0]"
        await person.press("escape")
        assert person.controller.panel is None
        assert person.text == before


async def test_the_panes_show_the_moment_of_the_write_with_both_cells_marked():
    async with debugging(at="delta_w1") as person:
        await person.press("right", "i", "down", "down")
        canvas = person.app.canvas_widget.canvas
        roles = {}
        for hit in canvas.hits:
            if isinstance(hit.target, tuple) and hit.target[0] == "cell":
                roles[hit.target[1:]] = canvas.roles[hit.y][hit.x + hit.width - 1]
        assert roles["delta_net2_H", (0, 1)] == "selected"
        assert roles["delta_w1", (0, 1)] == "pointed"
        await person.press("enter")
        assert " why at n = 9 " in person.lines[0]
        assert "cursor at 12" in person.lines[0]
        assert lower(person)[1].strip() == "delta_net2_H[0,1] = V[1,0]"
        assert person.n == 12


async def test_a_weight_is_followed_into_the_iterations_before():
    async with debugging(at="i5:net_1") as person:
        await person.press("i", "down", "i")
        assert lower(person)[1].strip() == "W[0,0] = W[0,0] − learning_rate × delta_w1[0,0]"
        for iteration in (4, 3, 2, 1):
            assert f"iteration {iteration} " in person.lines[0]
            assert f"step 16 of iteration {iteration - 1}" in person.text
            await person.press("i")
        assert "initial weight" in person.text
        await person.press("i")
        assert "W[0,0] = 0.1: initial weight. It belongs to x1→h1" in person.text
        assert "W[0,0] i1 ‹ W[0,0] i0 ‹ W[0,0] " in lower(person)[0]
        assert person.n == 81


async def test_a_long_trail_shows_its_end():
    async with debugging(at="i30:net_1") as person:
        await person.press("i", "down", *["i"] * 20)
        assert len(person.controller.panel.entries) == 21
        head = lower(person)[0]
        assert head.startswith("─ why ─ … ‹ W[0,0] i13 ‹ ")
        assert " ‹ W[0,0] i11 ‹ W[0,0] i10 ─" in head
        assert "step 16" in head
        await person.press(*["escape"] * 20)
        assert asked(person) == "net_1[0]"
        assert person.n == 481


async def test_readers_are_followed_forward():
    async with debugging(at="16") as person:
        await person.go("delta_Y")
        await person.go("16")
        await person.press("/", *"delta_Y", "enter", "i")
        while chosen(person)[0] != "delta_V[1]":
            await person.press("down")
        await person.press("enter")
        assert asked(person) == "delta_V[1]"
        assert "delta_Y › delta_V[1]" in lower(person)[0]


async def test_what_is_not_done_yet_leads_nowhere_and_says_why():
    async with debugging(at="net_1") as person:
        await person.press("i", "end", "enter")
        assert person.last == "delta_H_net1 is not done yet: its value is known from n = 10 on"
        assert asked(person) == "net_1[0]"
        await person.press("down")
        assert person.last.startswith("↑↓ choose")


async def test_a_cell_that_is_not_computed_says_so():
    async with debugging(at="2") as person:
        await person.press("/", "E", "enter", "i")
        assert person.controller.panel is None
        assert person.last == "E is not computed yet: step 5 computes it"


async def test_at_the_start_the_data_say_what_they_are():
    async with debugging() as person:
        await person.press("i")
        assert "X[0] = 0.4: given. It is the input at x1." in person.text
        assert chosen(person)[0] == "net_1"


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("labelY", "It is what y should be."),
        ("learning_rate", "It is how far each update follows its gradient."),
        ("B1", "initial bias, fixed. It belongs to h1; no equation updates it."),
        ("W", "initial weight. It belongs to x1→h1; no equation has written it yet."),
    ],
)
async def test_ends_say_what_they_are(cell, said):
    async with debugging(size=(120, 36)) as person:
        await person.press("/", *cell, "enter", "i")
        assert said in person.text


async def test_an_optimisers_constant_is_given():
    async with debugging("deep", size=(120, 36)) as person:
        await person.press("/", *"beta1", "enter", "i")
        assert "beta1 = 0.9: given. No equation wrote it." in person.text


async def test_tab_shows_a_product_along_each_path_and_lights_the_chosen_one():
    async with debugging("mazur", "delta_W", size=(120, 36)) as person:
        await person.press("i", "tab")
        text = "\n".join(lower(person))
        assert "delta_W[0,0] = 4.4e-4 is the sum of 2 products, one along each path" in text
        assert "∂E/∂Y   ∂Y/∂net₂   ∂net₂/∂H   ∂H/∂net₁" in text
        assert "x1→h1→y1   0.7414 ×   0.1868 ×   0.4000 ×   0.2413 ×       0.0500 = 0.0007" in text
        assert "x1→h1→y2  -0.2171 ×   0.1755 ×   0.5000 ×   0.2413 ×       0.0500 = -2.3e-4" in text
        await person.press("down")
        view = why_view(person.controller, person.controller.panel.entry, zoomed=False)
        assert view.highlight.places >= {Node(0, 0), Edge(1, 0, 0), Node(1, 0), Edge(2, 0, 1), Node(2, 1)}
        assert Edge(2, 0, 0) not in view.highlight.places
        await person.press("enter")
        assert "Tab lists the operands" in person.last
        await person.press("tab")
        assert chosen(person)[0] == "X[0,0]"


async def test_every_one_of_many_paths_can_be_reached():
    async with debugging("deep", "delta_W1") as person:
        await person.press("i", "tab")
        assert "is the sum of 1,024 products" in person.text
        assert re.search(r"… 1,02\d more paths", person.text)
        await person.press("end")
        assert "h3.8→spiral" in "".join(chosen(person))
        assert "more path" not in person.text
        await person.press("pageup", "up")
        shown = person.controller.panel.entry.position
        assert 1000 < shown < 1022


async def test_a_choice_says_in_names_why_it_fell_as_it_did():
    async with debugging("conv", "delta_H_part") as person:
        await person.press("i")
        assert "= 1, since H[0,0,0,0] = pool[0,0,0,0]" in person.text


async def test_paths_of_different_factors_stand_below_headings_of_their_own():
    async with debugging("rnn", "delta_h2") as person:
        await person.press("i", "tab")
        text = [line.strip() for line in lower(person)]
        assert text[2:5] == [
            "∂E/∂net_p2        V",
            "▸    -0.1084 × 0.9241 = -0.1002",
            "∂E/∂net_p3        V   1 − h3²        Wh",
        ]
        await person.press("z")
        assert sum("∂E/∂net_p3" in line for line in person.lines) > 1
        await person.press("end")
        assert "more path" not in person.text
        assert person.controller.panel.entry.position == 15


async def test_a_share_of_a_maximum_is_a_derivative_and_numbers_stand_as_they_are_written():
    async with debugging("embedding", "delta_logits", size=(120, 36)) as person:
        await person.press("i", "tab")
        text = "\n".join(lower(person))
        assert "∂largest/∂logits" in text
        assert "× -1 ×" in text


async def test_a_gradient_where_paths_begin_says_so_in_place_of_a_path_of_itself():
    async with debugging("attention", "delta_netprobs") as person:
        await person.press("i", "tab")
        text = " ".join(" ".join(lower(person)).split())
        assert "delta_netprobs[0,0] = 1.5e-4: paths begin here. Its equation is not a product" in text
        assert "▸" not in text


async def test_an_update_without_units_has_the_paths_of_its_gradient():
    async with debugging("attention", "WQ") as person:
        await person.press("i", "tab")
        assert "delta_WQ[0,0] = 0.0122 is the sum of 36 products" in person.text


async def test_what_is_no_gradient_has_no_paths():
    async with debugging(at="net_1") as person:
        await person.press("i", "tab")
        assert person.last == "no paths: net_1[0] is neither a gradient of the loss nor updated by one"
    async with debugging(at="delta_Y_net2") as person:
        await person.press("i", "tab")
        assert person.last == "no paths: delta_Y_net2[0] is a factor of gradients, not a gradient itself"


def test_to_draw_the_screen_again_leaves_the_answer_open():
    made = controller("xor", "net_1")
    input.handle_key(made, "i")
    panel = made.panel
    assert input.handle_key(made, "ctrl+l") == "redraw"
    assert isinstance(panel, WhyPanel)
    assert made.panel is panel


async def test_a_folded_sum_is_opened_and_each_of_its_terms_reached():
    made = controller(MADE["wide"](), "net_1")
    input.handle_key(made, "i")
    made.draw()
    panel = made.panel
    while not isinstance(panel.entry.row, OmittedTerms):
        input.handle_key(made, "down")
    input.handle_key(made, "enter")
    made.draw()
    assert panel.entry.row.operand.cell.index == (0, 4)
    panel.scroll(made, 10**6)
    made.draw()
    assert panel.entry.rows.compute_up_to(10**6) == 784 * 2 + 1 + 2
    input.handle_key(made, "home")
    for _ in range(784):
        panel.scroll(made, 2)
    made.draw()
    assert panel.entry.row.operand.cell.name == "B1"
    panel.scroll(made, -1)
    assert panel.entry.row.operand.cell.index == (783, 0)


async def test_go_moves_the_cursor_to_the_write_and_other_keys_close_and_act():
    async with debugging(at="delta_w1") as person:
        await person.press("i", "down", "i", "g")
        assert (person.controller.panel, person.n) == (None, 7)
        assert person.selected == ("delta_Y_net2", (0,))
        await person.press("i", "g")
        assert person.last == "the cursor is already at this position"
        await person.press("n")
        assert (person.controller.panel, person.n) == (None, 8)
        await person.press("i", "?")
        assert not isinstance(person.controller.panel, WhyPanel)


async def test_the_cell_asked_about_is_edited_where_the_cursor_sees_its_write():
    async with debugging(at="i1:delta_w1") as person:
        await person.press("i", "down", "i", "e")
        assert person.last.startswith("edit delta_Y_net2[0]:")
    async with debugging(at="i2:net_1") as person:
        await person.press("i", "down", "i", "down", "down", "i", "e")
        assert person.last == "this value was written at n = 28; go there to edit it"
        assert person.controller.prompt is None


async def test_zoom_number_format_and_panes_work_inside():
    async with debugging(at="delta_V") as person:
        await person.press("i", "x")
        assert "-0.38027215" in "\n".join(lower(person))
        await person.press("x", "x", "x", "z")
        assert " network " not in person.text
        assert person.lines[1].startswith("─ why ─ delta_V[0]")
        await person.press("z", "Q")
        assert " network " in person.text
        assert person.last == "Q has no function here"
        await person.press("escape")
    async with debugging(at="delta_V", size=(60, 18)) as person:
        await person.press("i")
        assert "F2 network" in person.text
        await person.press("f2")
        assert "F3 tensors" in person.text
        assert chosen(person)[0] == "delta_Y"


async def test_clicks_choose_follow_and_ask():
    async with debugging(at="delta_V") as person:
        await person.press("i")
        await person.click(*person.place(("row", 2)))
        assert chosen(person)[0] == "H[0]"
        await person.click(*person.place(("row", 2)))
        assert asked(person) == "H[0]"
        await person.click(*person.place(("cell", "net_1", (2,))))
        assert asked(person) == "net_1[2]"
        assert "H[0] · net_1[2]" in lower(person)[0]
        await person.click(*person.place(("place", Node(0, 1))))
        assert asked(person) == "X[1]"
        person.controller.panel.scroll(person.controller, 1)
        await person.press("escape", "escape", "escape", "escape")
        assert person.controller.panel is None


async def test_a_click_on_what_is_not_computed_at_that_moment_says_so():
    async with debugging(at="delta_V", size=(80, 30)) as person:
        await person.press("i", "down", "down", "i")
        await person.click(*person.place(("cell", "net_2", (0,))))
        assert person.last == "net_2 is not computed at n = 2"


async def test_the_minibatch_that_was_drawn_is_the_one_that_is_named():
    async with debugging("penguins", "i7:net_1", size=(120, 36)) as person:
        await person.press("i", "i")
        row = person.frame.rows[0] + 1
        assert f"given, row {row} of 222" in person.text
        shown = open_network("penguins").inputs[row - 1, 0]
        assert np.isclose(person.controller.panel.entry.question.value, shown)


async def test_an_iteration_that_is_no_longer_at_hand_is_computed_in_portions(monkeypatch):
    """Every portion of a long way ends at once, as on a slow machine; nothing else is kept."""
    made = controller("article", "i3000:net_1")
    panel_keys = ["i", "down", "i"]
    for key in panel_keys:
        input.handle_key(made, key)
    made.draw()
    timeline = made.session.timeline
    timeline._recent = RecentStates()
    timeline._checkpoints.stride = 4096
    timeline._checkpoints._keep([0])
    for index in list(timeline._iterations):
        if index < 2999:
            del timeline._iterations[index]
    monkeypatch.setattr("bpstep.ui.controller._MAX_BLOCKING_SECONDS", -1.0)
    input.handle_key(made, "i")
    assert made.job is not None
    made.advance_job()
    assert "looking back to n = 47,984" in made.view.message
    made.draw()
    input.handle_key(made, "down")
    assert "Escape stops it" in made.view.message
    input.handle_key(made, "escape")
    assert (made.job, len(made.panel.entries), made.session.n) == (None, 2, 48001)
    input.handle_key(made, "i")
    while made.job is not None:
        made.advance_job()
    assert (len(made.panel.entries), made.panel.entry.question.at) == (3, 2999 * 16)
    assert made.session.is_current


def test_the_answer_is_ascii_where_that_is_asked_for():
    made = controller("mazur", "i2:delta_W", ascii=True)
    for key in ("i", "down", "i", "tab", "z"):
        input.handle_key(made, key)
        assert made.draw().text().isascii(), key


SIZES = [(60, 18), (76, 20), (80, 24), (100, 30), (120, 36), (200, 50)]


@pytest.mark.parametrize("network", ["article", "mazur", "penguins", "deep", "wide"])
def test_every_tensor_has_an_answer_and_it_is_drawn_at_every_size(network):
    """After one of the keys for each tensor, in turn; each tensor at every second moment."""
    made, sizes = controller(MADE[network]() if network in MADE else network, "i1"), cycle(SIZES)
    drawn = cycle([0, 3, 1, 4, 2])
    period = made.session.period
    for moment, n in enumerate((0, 1, period, period + 3) if period < 30 else (1, period + 3)):
        made.session.goto(n)
        for name, value in list(made.frame.tensors.items())[moment % 2 :: 2]:
            made.view = made.view.select(name, (0,) * np.ndim(value))
            made.size = next(sizes)
            input.handle_key(made, "i")
            assert isinstance(made.panel, WhyPanel)
            now = next(drawn)
            for at, key in enumerate(("down", "tab", "down", "z", "end")):
                input.handle_key(made, key)
                if at == now:
                    assert made.draw().width == made.size[0]
            made.panel = None
    assert selection(made.frame, made.view)


def test_memory_of_a_long_trail_is_bounded():
    made = controller(mazur(), "i40:net_1")
    for key in ("i", "down", *["i"] * 30):
        input.handle_key(made, key)
        made.draw()
    kept = [stop for stop in made.panel.entries if stop._answer is not None]
    assert len(made.panel.entries) == 31
    assert len(kept) <= 9
    for _ in range(30):
        input.handle_key(made, "escape")
        made.draw()
    assert made.panel.entry.question.name == "net_1"
