"""A picture shows every cell of the screen; an animation shows at each time what the screen was then."""

import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from collections import Counter

import pytest
from debugger_driver import controller
from lesson_files import played

from bpstep.recording.animated_svg import animated_svg
from bpstep.render.canvas import Canvas
from bpstep.render.svg import CELL_WIDTH, LINE_HEIGHT, background_colour, screen_svg
from bpstep.render.theme import Theme

NAMESPACE = "{http://www.w3.org/2000/svg}"
TEXT = """
say "First."
n*4
N*4
say "Back again."
"/W" Enter e 0.9 Enter
3}
"""


def body(svg):
    """The group that holds the screen."""
    return ElementTree.fromstring(svg).findall(f"{NAMESPACE}g")[-1]


def drawn(element):
    """The visible elements, as (tag, attributes, text), without groups."""
    return Counter(
        (each.tag, tuple(sorted(each.items())), each.text)
        for each in element.iter()
        if each.tag != f"{NAMESPACE}g"
    )


def styled(svg):
    """The colours by class, so that two pictures can be compared whose classes are named otherwise."""
    return dict(re.findall(r"\.(c\d+)\{([^}]*)\}", svg))


def look_of(parts, styles):
    """The same with the classes replaced by what they mean."""
    found = Counter()
    for (tag, attributes, text), count in parts.items():
        named = tuple((key, styles.get(value, value)) for key, value in attributes)
        found[tag, named, text] += count
    return found


def hidden_at(svg, percent):
    """The classes of groups that are hidden at a part of the whole, read as a browser reads the rules."""
    hidden = set()
    for name, frames in re.findall(r"@keyframes (t\d+)\{((?:[\d.]+%\{[^}]*\})*)\}", svg):
        state = "visible"
        for at, seen in re.findall(r"([\d.]+)%\{visibility:(\w+)\}", frames):
            if float(at) <= percent:
                state = seen
        if state == "hidden":
            hidden.add(name)
    return hidden


def seen_at(svg, percent):
    hidden = hidden_at(svg, percent)
    group = body(svg)
    for each in list(group):
        if each.get("class") in hidden and each.tag == f"{NAMESPACE}g":
            group.remove(each)
    return look_of(drawn(group), styled(svg))


@pytest.mark.parametrize(
    "text", [TEXT, "theme light\nn*5\ntheme dark\nn*2", "colors 16\nn*9", "network penguins\n]*4"]
)
def test_an_animation_shows_at_each_time_the_screen_of_then(text):
    made = played(text)
    svg = animated_svg(made, "A try")
    moments = list(made.screens())
    for moment, following in zip(moments, [*moments[1:], None]):
        middle = (moment.time + (following.time if following else made.duration)) / 2
        wanted = screen_svg(moment.canvas, moment.theme, "A try")
        parts = look_of(drawn(body(wanted)), styled(wanted))
        found = seen_at(svg, 100 * middle / made.duration)
        assert parts - found == Counter()
        assert dict(found - parts) == whole_ground(made, moment)


def whole_ground(made, moment):
    """The part of an animation that a still has not: the screen's ground, where the theme has changed."""
    wanted = background_colour(moment.theme)
    if wanted == background_colour(next(made.screens()).theme):
        return {}
    width, height = (
        str(size) for size in (moment.canvas.width * CELL_WIDTH, moment.canvas.height * LINE_HEIGHT)
    )
    return {(f"{NAMESPACE}rect", (("fill", wanted), ("height", height), ("width", width)), None): 1}


def test_an_animation_has_no_scripts_and_needs_nothing_from_elsewhere():
    svg = animated_svg(played(TEXT), "A <try> & more")
    for forbidden in (
        "<script",
        "javascript",
        "href",
        "url(",
        "@import",
        "onload",
        "<image",
        "foreignObject",
    ):
        assert forbidden not in svg
    assert ElementTree.fromstring(svg).find(f"{NAMESPACE}title").text == "A <try> & more"
    assert "prefers-reduced-motion" in svg


def test_an_animation_grows_by_what_changes_only():
    short, long = (
        len(animated_svg(played(f"{text}\nwait 1"), "")) for text in ("n*4", "n*4 N n N n N n N n")
    )
    assert long < 1.5 * short


_ASKING = """
const found = [];
for (const percent of PERCENTS) {
  for (const each of document.getAnimations()) {
    each.pause();
    each.currentTime = percent / 100 * each.effect.getComputedTiming().duration;
  }
  const groups = [...document.querySelectorAll("g[class]")];
  const hidden = groups.filter(g => getComputedStyle(g).visibility == "hidden");
  found.push(hidden.map(g => g.getAttribute("class")).sort().filter((name, at, all) => name != all[at - 1]));
}
document.body.innerHTML = "<pre>" + JSON.stringify(found) + "</pre>";
"""


@pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed")
def test_a_browser_hides_what_the_rules_hide(tmp_path):
    svg = animated_svg(played(TEXT), "A try")
    percents = [0.5, 20, 45, 60, 80, 99]
    page = tmp_path / "page.html"
    script = _ASKING.replace("PERCENTS", str(percents))
    page.write_text(f"<meta charset=utf-8><body>{svg}<script>{script}</script>", encoding="utf-8")
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}/own"]
    done = subprocess.run([*command, "--dump-dom", page.as_uri()], capture_output=True, text=True, check=True)
    found = json.loads(re.search(r"<pre>(.*?)</pre>", done.stdout)[1])
    assert [set(names) for names in found] == [hidden_at(svg, percent) for percent in percents]
    assert len({tuple(names) for names in found}) > 4


def test_what_knows_no_animations_shows_the_last_screen():
    made = played(TEXT)
    svg = animated_svg(made, "A try")
    hidden = set(re.findall(r"g\.(t\d+)\{[^}]*;visibility:hidden\}", svg))
    assert hidden == hidden_at(svg, 99.99)


def cells(svg):
    """The positions of characters: text at its cells, and the middle of every dash and rectangle."""
    found = {}
    for each in body(svg).iter(f"{NAMESPACE}text"):
        column, row = int(each.get("x")) // CELL_WIDTH, int(each.get("y")) // LINE_HEIGHT
        for at, character in enumerate(each.text):
            found[row, column + at] = character
    return found


def test_every_character_of_a_screen_stands_in_its_cell():
    canvas = controller(at="delta_w1").draw()
    found = cells(screen_svg(canvas, Theme(), "x"))
    for y, row in enumerate(canvas.characters):
        for x, character in enumerate(row):
            if character not in " ─━│┬┴┼▁▂▃▄▅▆▇█" and not "\u2800" <= character <= "\u28ff":
                assert found.pop((y, x)) == character
    assert set(found.values()) <= {" "}


def test_braille_dots_are_where_unicode_has_them():
    canvas = Canvas(2, 1)
    canvas.put(0, 0, "⠁⡀")
    path = re.search(r'<path class="c0" d="([^"]*)"', screen_svg(canvas, Theme(), "x"))
    assert path[1] == "M1 2.5h3M11 17.5h3"
    canvas.put(0, 0, "⠉⠛")
    path = re.search(r'<path class="c0" d="([^"]*)"', screen_svg(canvas, Theme(), "x"))
    assert path[1] == "M1 2.5h18M11 7.5h8"


def test_lines_are_drawn_as_long_as_they_are():
    canvas = Canvas(8, 1)
    canvas.put(1, 0, "─────│")
    found = re.findall(
        r'<rect class="c0" x="(\d+)" y="\d+" width="(\d+)" height="(\d+)"/>', screen_svg(canvas, Theme(), "x")
    )
    assert found == [("10", "50", "2"), ("64", "2", "20")]


@pytest.mark.parametrize("rule", "│┬┴┼")
def test_rules_side_by_side_are_each_drawn(rule):
    alone, together = (Canvas(3, 1) for _ in range(2))
    together.put(0, 0, rule * 3)
    wanted = Counter()
    for x in range(3):
        alone = Canvas(3, 1)
        alone.put(x, 0, rule)
        wanted += Counter(inked(alone))
    assert Counter(inked(together)) == wanted


def inked(canvas):
    """The tenths of cells that rectangles cover, as (x, y)."""
    rects = re.findall(
        r'<rect class="c0" x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"/>',
        screen_svg(canvas, Theme(), "x"),
    )
    for x, y, width, height in ([*map(int, rect)] for rect in rects):
        yield from ((x + dx, y + dy) for dx in range(width) for dy in range(height))


def test_reversed_and_wide_characters_keep_to_their_cells():
    canvas = Canvas(8, 1)
    canvas.put(0, 0, "層a", "selected")
    svg = screen_svg(canvas, Theme(depth="none"), "x")
    assert '<rect x="0" y="0" width="30"' in svg
    assert 'textLength="30"' in svg


@pytest.mark.parametrize(
    "theme", [Theme(), Theme("light"), Theme(depth="sixteen"), Theme("light", "none"), Theme(ascii=True)]
)
def test_a_picture_is_well_formed_whatever_the_look(theme):
    made = controller(at="delta_V", name=theme.name, depth=theme.depth, ascii=theme.ascii)
    assert ElementTree.fromstring(screen_svg(made.draw(), theme, "x")).tag == f"{NAMESPACE}svg"


@pytest.mark.parametrize("words", [1, 12, 40])
def test_a_title_is_whole_above_the_screen_on_as_many_lines_as_it_needs(words):
    title = " ".join(f"word{at}" for at in range(words))
    canvas = controller().draw()
    svg = ElementTree.fromstring(screen_svg(canvas, Theme(), title))
    lines = [each for each in svg.findall(f"{NAMESPACE}text") if each.get("text-anchor") == "middle"]
    assert " ".join(line.text for line in lines) == title
    assert max(len(line.text) for line in lines) <= canvas.width - 2 * 7
    screen = svg.find(f"{NAMESPACE}g").get("transform")
    top = int(re.search(r" (\d+)\)", screen)[1])
    assert max(int(line.get("y")) for line in lines) < top
    assert int(svg.get("height")) >= top + canvas.height * LINE_HEIGHT
