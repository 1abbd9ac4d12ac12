"""Colours: what is read can be read, whatever the theme and however many colours there are."""

import colorsys
from itertools import product

import pytest
from debugger_driver import controller
from rich.color import ColorSystem
from rich.style import Style
from rich.terminal_theme import DEFAULT_TERMINAL_THEME

from bpstep.defaults import THEMES
from bpstep.render import theme as looks
from bpstep.render.messages import LEGEND
from bpstep.render.theme import Theme

ROLES = sorted(looks._DARK)
GROUNDS = sorted(looks._DARK_BACKGROUNDS)
FAINT = {"coming", "frame", "plus", "minus", "known"}
"""What may be fainter: lines, and what is not computed yet; what matters of them is said by a sign too."""


def pair(style, system):
    """The colour of the characters and of the ground, as a terminal with these colours shows them."""
    found = (style.color.downgrade(system), style.bgcolor.downgrade(system))
    return [colour.get_truecolor(DEFAULT_TERMINAL_THEME) for colour in found]


def luminance(colour):
    """Relative luminance, https://www.w3.org/TR/WCAG21/#dfn-relative-luminance."""
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.normalized]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear))


def contrast(one, other):
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("system", [ColorSystem.TRUECOLOR, ColorSystem.EIGHT_BIT])
@pytest.mark.parametrize("theme", THEMES)
def test_every_role_can_be_read_on_every_ground(theme, system):
    for role, ground in product(ROLES, GROUNDS):
        style = Theme(theme).style(f"{role} on {ground}" if ground else role)
        least = 1.2 if role == "frame" else 3 if role in FAINT else 4.5
        assert contrast(*pair(style, system)) >= least, (role, ground)


@pytest.mark.parametrize("theme", THEMES)
def test_the_grounds_stay_grey_where_there_are_256_colours(theme):
    for ground in GROUNDS:
        _, shown = pair(Theme(theme).style(f"text on {ground}" if ground else "text"), ColorSystem.EIGHT_BIT)
        assert colorsys.rgb_to_hls(*shown.normalized)[2] == 0, ground


@pytest.mark.parametrize("theme", THEMES)
def test_the_two_colours_of_a_step_differ_from_each_other_and_from_all_that_is_quiet(theme):
    for system in (ColorSystem.TRUECOLOR, ColorSystem.EIGHT_BIT):
        shown = {
            role: pair(Theme(theme).style(role), system)[0] for role in ("write", "read", "text", "known")
        }
        assert len(set(shown.values())) == 4
    sixteen = {
        role: Theme(theme, "sixteen").style(role).color.name for role in ("write", "read", "known", "text")
    }
    assert len(set(sixteen.values())) == 4


@pytest.mark.parametrize("theme", THEMES)
def test_sixteen_colours_are_the_terminals_own(theme):
    for role in ROLES:
        style = Theme(theme, "sixteen").style(f"{role} on bar")
        for colour in (style.color, style.bgcolor):
            assert colour is None or colour.is_default or colour.number < 16


def test_without_colour_an_attribute_tells_what_colour_tells_otherwise():
    def attributes(role):
        style = Theme(depth="none").style(role)
        assert (style.color, style.bgcolor) == (None, None)
        return (style.bold, style.dim, style.underline, style.reverse)

    assert len({attributes(role) for role in ("write", "read", "coming", "text", "selected", "pointed")}) == 6


@pytest.mark.parametrize("depth", ["full", "sixteen", "none"])
@pytest.mark.parametrize("theme", THEMES)
def test_every_role_has_a_style_at_every_depth(theme, depth):
    for role, ground in product(ROLES, GROUNDS):
        assert isinstance(Theme(theme, depth).style(f"{role} on {ground}"), Style)


@pytest.mark.parametrize(
    ("network", "at", "table"),
    [
        ("article", "8", looks.NUMBERS),
        ("article", "8", looks.SUMMARY),
        ("article", "8", looks.HEAT),
        # The network's pane marks tensors, too: on rails, and by name below the layers.
        ("attention", "5", looks.NUMBERS),
        ("batchnorm", "5", looks.NUMBERS),
    ],
)
def test_another_mark_of_what_is_read_or_written_is_another_one_in_every_pane(
    monkeypatch, network, at, table
):
    made = controller(network, at=at, table=table)
    usual = made.draw().text()
    assert {"›", "▶"} <= set(usual)
    monkeypatch.setattr(looks, "MARKS", {"write": ("«", "{"), "read": ("»", "}")})
    assert made.draw().text() == usual.replace("›", "»").replace("▶", "«")


def test_the_help_lists_the_marks_of_the_table():
    assert [row[:3] for row in LEGEND[:2]] == [(*looks.MARKS[role], role) for role in ("write", "read")]
