"""The pictures in screenshots/ are what the program shows now, and come from the lessons beside them."""

import re
from xml.etree import ElementTree

import pytest

import screenshots


@pytest.mark.parametrize("name", screenshots.NAMES)
def test_each_picture_is_what_the_program_shows_now(name):
    path = screenshots.FOLDER / f"{name}.svg"
    stale = path.read_bytes() != screenshots.take(name).encode()
    assert not stale, "stale: python -m tests.screenshots"


def test_the_folder_holds_the_pictures_their_lessons_and_their_page_and_nothing_else():
    found = {path.name for path in screenshots.FOLDER.iterdir()}
    pictures = {f"{name}.svg" for name in screenshots.NAMES}
    assert found == {
        "README.md",
        *pictures,
        *(f"{name}.lesson" for name in screenshots.NAMES if name not in screenshots.WITHOUT_LESSON),
    }
    assert (screenshots.FOLDER / "README.md").read_bytes() == screenshots.gallery().encode()


@pytest.mark.parametrize("name", screenshots.NAMES)
def test_each_picture_asks_nothing_of_the_network_and_of_no_font_for_braille(name):
    svg = (screenshots.FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    ElementTree.fromstring(svg)
    assert set(re.findall(r"https?://[^\s\"]+", svg)) == {"http://www.w3.org/2000/svg"}
    assert "@font-face" not in svg
    assert not re.search("[\u2800-\u28ff]", svg)


def test_a_picture_can_be_made_by_the_command(ask, tmp_path):
    for name, words in (("backward", ["--still"]), ("learning", [])):
        path = tmp_path / f"{name}.svg"
        source = str(screenshots.FOLDER / f"{name}.lesson")
        assert ask("record", source, *words, "-o", str(path)) == (0, "", "")
        assert path.read_bytes() == (screenshots.FOLDER / f"{name}.svg").read_bytes()
