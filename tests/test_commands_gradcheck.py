"""The gradient check by keys: what is wrong, element by element, and the effect of h."""

import dataclasses
import itertools

import numpy as np
import pytest
from debugger_driver import controller, debugging
from make_networks import network
from networks_for_screens import wide

from bpstep.gradcheck.check import check_gradients
from bpstep.gradcheck.differences import DEFAULT_STEP
from bpstep.gradcheck.report import sweep_sentences
from bpstep.gradcheck.step_size_sweep import sweep_step_sizes
from bpstep.netfile.builtin import open_network
from bpstep.session.session import Session
from bpstep.ui.commands.gradcheck import ElementList


async def check(person):
    await person.press("G")
    await person.arrive()


async def test_the_equation_to_blame_is_named_and_enter_leads_to_it():
    async with debugging("article-as-printed", at="i3:W") as person:
        await check(person)
        said = " ".join(" ".join(person.lines).split())
        assert "delta_Y is wrong." in said
        assert "▸ delta_Y = labelY - Y The equation gives 0.38" in said
        assert "the numerical gradient is -0.38" in said
        assert ": wrong sign. Right: delta_Y = Y - labelY" in said
        assert "are right by themselves, but read wrong numbers." in said
        assert person.lines[0].split("  ")[0].strip() == "gradient check, iteration 3"
        await person.press("enter")
        assert (person.n, person.frame.step.name) == (3 * 16 + 6, "delta_Y")
        assert person.controller.panel is None
        assert person.last == "E edits delta_Y"


async def test_every_wrong_equation_has_a_line_and_an_update_too():
    made = network(
        optimizer="adam",
        program={
            "delta_net2": "delta_Y",
            "delta_B1": "mean(delta_net1, axis=0)",
            "V": "V - learning_rate * m_V / (sqrt(v_V) + epsilon)",
        },
    )
    async with debugging(made, at="i2:V") as person:
        await check(person)
        said = " ".join(" ".join(person.lines).split())
        assert "3 equations are wrong: delta_net2, delta_B1, V." in said
        assert "the factor delta_Y_net2 is missing" in said
        assert "that is the mean instead of the sum" in said
        assert "the bias correction is missing" in said
        await person.press("down", "down", "enter")
        assert person.frame.step.name == "V"
        assert person.last == "E edits V"


async def test_what_is_mended_is_right_at_once():
    async with debugging("article-as-printed") as person:
        await check(person)
        await person.press("enter", "E", "ctrl+u", *"Y - labelY", "enter")
        await check(person)
        assert person.lines[1].strip() == "Nothing is wrong: all 9 elements of the gradients agree."
        assert "▸" not in person.text


async def test_the_worst_parameter_is_first_with_its_worst_element():
    made = dataclasses.replace(open_network("mazur"), program={"delta_W": "1.001 * (X.T @ delta_net1)"})
    async with debugging(made) as person:
        await check(person)
        rows = [line for line in person.lines if line.strip().startswith(("W[", "V["))]
        assert [row.strip()[0] for row in rows] == ["W", "V"]
        assert "differs: 4 of 4" in rows[0]
        assert "agrees: all 4" in rows[1]


async def test_the_rule_h_and_what_is_not_seen_are_stated():
    async with debugging(network(update_order="immediate")) as person:
        await check(person)
        said = " ".join(" ".join(person.lines).split())
        assert "h = 1e-5." in said
        assert "|equation − numeric| ≤ 1e-7 of the larger + 10 eps max(1, |E|) / h" in said
        assert "for updates, the derived equations decide" in said
        assert "Updates are left out" in said


async def test_the_check_is_of_the_iteration_shown_and_moves_nothing():
    async with debugging(at="i7:delta_V") as person:
        n = person.n
        await check(person)
        assert "iteration 7" in person.lines[0]
        await person.press("escape")
        assert person.controller.panel is None
        assert person.n == n


async def test_a_parameter_opens_into_its_elements_and_an_element_is_found_in_the_table():
    async with debugging("article-as-printed") as person:
        await check(person)
        await person.press("down", "down", "enter")
        assert person.lines[0].strip() == "gradient of W: all 6 elements, the worst first"
        assert sum("differs" in line for line in person.lines) == 6
        assert person.lines[2].strip().startswith("W[1,2]")
        await person.press("down")
        assert person.lines[3].strip().startswith("W[0,2]")
        await person.press("enter")
        assert person.controller.panel is None
        assert person.selected == ("W", (0, 2))
        assert person.controller.view.focus == "tensors"


async def test_escape_goes_back_list_by_list():
    async with debugging("mazur") as person:
        await check(person)
        await person.press("enter", "h")
        assert "for every step size h" in person.lines[0]
        await person.press("escape")
        assert "gradient of W" in person.lines[0]
        await person.press("escape")
        assert "gradient check" in person.lines[0]
        await person.press("escape")
        assert person.controller.panel is None


async def test_of_a_large_parameter_all_are_checked_on_request():
    made = network((60, 40, 2), samples=3)
    async with debugging(made) as person:
        await check(person)
        await person.press("enter")
        while "gradient of W:" not in person.lines[0]:
            await person.press("escape", "down", "enter")
        assert person.lines[0].strip() == "gradient of W: 200 of 2,400 elements, the worst first"
        await person.press("a")
        await person.arrive()
        assert person.lines[0].strip() == "gradient of W: all 2,400 elements, the worst first"
        assert "a checks all" not in person.last


def test_a_long_check_goes_in_portions_tells_how_far_it_is_and_is_stopped_by_escape(monkeypatch):
    monkeypatch.setattr("bpstep.ui.controller._MAX_BLOCKING_SECONDS", 0)
    monkeypatch.setattr("bpstep.ui.commands.gradcheck.PORTION_SECONDS", 0)
    person = controller(network((20, 10, 2), samples=3))
    person.job_clock = itertools.count().__next__
    person.run_action("gradient_check")
    told = set()
    for _ in range(100):
        person.advance_job()
        told.add(person.view.message)
    assert any(message.startswith("checking the gradients:") for message in told)
    assert len(told) > 5
    person.run_action("next")
    assert person.session.n == 0, "while it is checked, keys only say how far that is"
    person.run_action("close")
    assert person.job is None
    assert person.panel is None


def test_checking_every_element_is_stopped_by_escape_and_the_list_stays(monkeypatch):
    monkeypatch.setattr("bpstep.ui.controller._MAX_BLOCKING_SECONDS", 0)
    monkeypatch.setattr("bpstep.ui.commands.gradcheck.PORTION_SECONDS", 0)
    person = controller(network((60, 40, 2), samples=3))
    report = check_gradients(person.session)
    person.panel = ElementList(next(each for each in report.parameters if each.name == "W"))
    before = person.panel.report
    for key in ("a", "q", "down", "h"):
        assert person.panel.handle_key(person, key, "") is None
        person.advance_job()
        assert "checking all 2,400 elements of W" in person.view.message
    assert person.panel.handle_key(person, "escape", "close") is None
    assert person.job is None
    assert isinstance(person.panel, ElementList)
    assert person.panel.report is before
    assert person.panel.handle_key(person, "escape", "close") == ""


async def test_a_puzzle_s_equation_is_not_told():
    made = network(program={"delta_Y": "labelY - Y"}, puzzle=True)
    async with debugging(made) as person:
        await check(person)
        assert "delta_Y" not in person.text
        assert "Which equation is wrong is for you to find." in " ".join(person.text.split())
        assert "differs" in person.text


async def test_clicks_and_sizes():
    async with debugging("mazur", size=(120, 36)) as person:
        await check(person)
        await person.resize(60, 18)
        await person.press("down")
        at = next(at for at, line in enumerate(person.lines[1:]) if line.strip().startswith("V["))
        x, y = person.place(("line", at))
        await person.click(x, y)
        await person.click(x, y)
        assert "gradient of V" in person.lines[0]
        for size in ((30, 8), (3, 2)):
            await person.resize(*size)
            await person.press("h", "down", "escape")
        assert "gradient of V" in person.controller.panel.title
        await person.resize(80, 24)
        assert "gradient of V" in person.lines[0]


# What h does, against what numerical analysis says


def swept(made, name, index):
    session = Session(made)
    report = check_gradients(session)
    parameter = next(each for each in report.parameters if each.name == name)
    return sweep_step_sizes(session, name, next(each for each in parameter.elements if each.index == index))


def test_the_error_falls_as_the_square_of_a_large_h_and_grows_as_a_small_one_shrinks():
    found = swept(open_network("mazur"), "W", (0, 0))
    assert [point.h for point in found.points] == [float(f"1e-{k}") for k in range(1, 13)]
    errors = [point.error for point in found.points]
    assert 50 < errors[0] / errors[1] < 200
    assert 50 < errors[1] / errors[2] < 200
    assert np.median(errors[8:]) > 100 * min(errors)
    assert errors.index(min(errors)) in (2, 3, 4)
    said = sweep_sentences(found)
    assert said[0].startswith("Large h: E bends")
    assert "grows as eps/h" in said[1]
    assert said[2].endswith("the check takes 1e-5.")
    assert found.element.h == DEFAULT_STEP


def test_where_e_is_a_parabola_a_large_h_does_no_harm():
    found = swept(network((2, 1), "identity"), "W1", (0, 0))
    assert found.points[0].error < 1e-12
    assert sweep_sentences(found)[0].startswith("Large h: E hardly bends")


def test_a_kink_between_the_ends_is_told():
    made = network((2, 3, 1), "relu", last="identity", samples=30)
    found = swept(made, "W", (0, 0))
    assert found.points[0].crosses_kink
    assert not found.points[-1].crosses_kink
    assert "a kink lies between the two ends" in sweep_sentences(found)[0]


@pytest.mark.parametrize(("source", "told"), [("labelY - Y", "the gradient is wrong"), ("0 * Y", "is wrong")])
def test_no_h_helps_a_wrong_gradient(source, told):
    found = swept(network(program={"delta_Y": source}), "V", (0, 0))
    assert sweep_sentences(found)[-1].endswith(f"{told}.")


def test_where_e_is_no_number_there_is_nothing_to_compare():
    made = network((1, 1), "identity", samples=1, loss="cross_entropy")
    layer = dataclasses.replace(made.layers[0], weights=np.array([[-3.0]]), bias=np.array([0.0]))
    made = dataclasses.replace(made, layers=(layer,), inputs=np.array([[1.0]]))
    assert sweep_sentences(swept(made, "W1", (0, 0))) == [
        "The gradient or E is nan or infinite here: there is nothing to compare."
    ]


def test_a_weight_that_e_does_not_depend_on():
    made = dataclasses.replace(network(samples=2), inputs=np.zeros((2, 2)))
    assert "to the last bit at every h" in sweep_sentences(swept(made, "W", (0, 0)))[0]


def test_a_network_for_digits_is_checked_in_a_sample_that_names_what_is_wrong():
    made = dataclasses.replace(wide(), program={"delta_B1": "mean(delta_net1, axis=0)"})
    report = check_gradients(Session(made))
    assert [each.name for each in report.wrong_equations] == ["delta_B1"]
    assert sum(parameter.checked for parameter in report.parameters) == 238
