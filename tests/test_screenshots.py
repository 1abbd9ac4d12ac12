import re
from xml.etree import ElementTree

import pytest

import screenshots

NAMED = {shot.name: shot for shot in screenshots.SHOTS}


@pytest.mark.parametrize("name", NAMED)
async def test_each_picture_is_what_the_program_shows_now(name):
    path = screenshots.FOLDER / f"{name}.svg"
    stale = path.read_bytes() != (await screenshots.take(NAMED[name])).encode()
    assert not stale, "stale: python -m tests.screenshots"


def test_the_folder_holds_the_pictures_and_their_page_and_nothing_else():
    found = {path.name for path in screenshots.FOLDER.iterdir()}
    assert found == {"README.md", *(f"{name}.svg" for name in NAMED)}
    assert (screenshots.FOLDER / "README.md").read_bytes() == screenshots.gallery().encode()


@pytest.mark.parametrize("name", NAMED)
def test_each_picture_asks_nothing_of_the_network_and_of_no_font_for_braille(name):
    svg = (screenshots.FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    ElementTree.fromstring(svg)
    addresses = set(re.findall(r"https?://[^\s\"]+", svg))
    assert addresses == {"http://www.w3.org/2000/svg", "https://www.textualize.io"}
    assert "@font-face" not in svg
    assert not re.search("[\u2800-\u28ff]", svg)


async def test_every_character_of_a_picture_stands_in_its_cell():
    """The words of the SVG, put back into a grid by their coordinates, are the canvas without its braille."""
    shot = NAMED["chain"]
    svg = ElementTree.fromstring(await screenshots.take(shot))
    desk = screenshots.opened(shot)
    desk.size = shot.size
    expected = re.sub("[\u2800-\u28ff]", " ", desk.draw().text()).splitlines()
    grid = [[" "] * shot.size[0] for _ in range(shot.size[1])]
    for text in svg.iter("{http://www.w3.org/2000/svg}text"):
        if text.get("class") == "terminal-title":
            continue
        column, row = float(text.get("x")) / 12.2, (float(text.get("y")) - 18.5) / 24.4
        assert abs(column - round(column)) < 0.01
        for at, character in enumerate(text.text):
            grid[round(row)][round(column) + at] = character
    assert ["".join(line).rstrip() for line in grid] == [line.rstrip() for line in expected]


async def test_braille_is_drawn_dot_by_dot():
    left, top = 122.0, 48.8
    dots = list(screenshots._dots(" \u2801\u28ff", left, top))
    assert len(dots) == 9
    x, y = dots[0]
    assert (x + 1.5, y + 1.5) == pytest.approx((left + 1.25 * 12.2, top + 24.4 / 8))
    centres = {(round((x + 1.5 - left) / 12.2, 2), round((y + 1.5 - top) / 24.4, 3)) for x, y in dots[1:]}
    assert centres == {(column, row) for column in (2.25, 2.75) for row in (0.125, 0.375, 0.625, 0.875)}
    assert len(list(screenshots._dots("\u2840\u2880", left, top))) == 2
    assert all(y > top + 18 for _, y in screenshots._dots("\u2840\u2880", left, top))
