"""Screens as text: each as it was read and accepted, and what must hold of all of them."""

import golden_screens
import kept_walks
import pytest
from golden_screens import GROUPS, NAMES, controller
from rich.cells import cell_len

ARTICLE = GROUPS["article-80x24"]


def kept(name):
    """The screens of a group as they were read."""
    return (golden_screens.FOLDER / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_the_screens_are_those_that_were_read(name):
    assert golden_screens.golden(name) == kept(name), (
        "changed: python -m tests.golden_screens, and read what it writes"
    )


@pytest.mark.parametrize("name", GROUPS)
def test_no_line_is_wider_than_the_screen(name):
    """In what was read, that is: what is drawn is the same, by the test above."""
    parts = kept(name).removeprefix("=== ").split("\n=== ")
    for screen, part in zip(GROUPS[name], parts, strict=True):
        title, _, text = part.partition("\n")
        lines = text.partition("- roles -\n")[0].splitlines()
        assert title == screen.name
        assert len(lines) == screen.size[1]
        assert max(map(cell_len, lines)) <= screen.size[0]


@pytest.mark.parametrize("screen", ARTICLE[1:], ids=lambda s: s.name)
def test_the_number_that_a_step_gives_stands_in_the_table_and_in_the_formula(screen):
    found = controller(screen)
    step, canvas = found.frame.step, found.draw()
    value = found.frame.tensors[step.name]
    number = found.theme.number(float(value.flat[0] if value.shape else value))
    top = [line[39:] for line in canvas.text().splitlines()[2:13]]
    assert any(line.startswith(f"▶{step.name}") and number in line for line in top)
    marked = [
        "".join(c for c, role in zip(canvas.characters[y], canvas.roles[y]) if role.startswith("selected"))
        for y in range(14, 22)
    ]
    assert any(text.strip() for text in marked)


@pytest.mark.parametrize("screen", ARTICLE, ids=lambda s: s.name)
def test_the_sign_of_each_of_the_nine_weights_is_on_the_screen_without_colour(screen):
    lines = [line[:38] for line in controller(screen).draw().text().splitlines()[2:13]]
    left, right = "".join(line[7:15] for line in lines), "".join(line[22:30] for line in lines)
    # An update writes what it changed beside an edge, with a sign of its own.
    signed = sum(text.count("+") for text in (left, right))
    assert signed >= 9


def test_a_negative_weight_has_another_sign():
    found = controller(
        golden_screens.Screen("negative", keys=golden_screens.typed("/W", "[enter]", "e-0.5", "[enter]"))
    )
    lines = [line[7:15] for line in found.draw().text().splitlines()[2:13]]
    assert "".join(lines).count("−") == 1


@pytest.mark.parametrize("screen", ARTICLE[1:], ids=lambda s: s.name)
def test_what_a_step_reads_and_writes_is_marked_by_a_sign_beside_its_name(screen):
    found = controller(screen)
    step = found.frame.step
    lines = [line[39:] for line in found.draw().text().splitlines()[2:13]]
    written = [line for line in lines if line.startswith("▶")]
    assert len(written) == 1
    names = {line: line[1:].split()[0].partition("✎")[0] for line in lines if line[1:2].strip()}
    marked = {name for line, name in names.items() if line.startswith("›")}
    assert marked == set(names.values()) & set(step.reads) - {step.name}
    assert marked or step.name in ("delta_H_net1", "delta_net1_w1", "delta_net1_w2", "V", "W")


@pytest.mark.parametrize("name", ["ascii"])
def test_screens_in_ascii_are_ascii(name):
    assert golden_screens.golden(name).isascii()


@pytest.mark.parametrize("shard", range(4))
def test_walks_lead_where_they_led_when_they_were_read(shard):
    for entry in kept_walks.kept()[shard::4]:
        assert kept_walks.walked(entry) == entry
