"""A lesson as a page in Markdown: its captions, each with its screen.

The formula of each step appears once, where the lesson first reaches it: by itself if a caption is shown
there, else as a line of a list. The keys between two pictures are named, so that a reader can press them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from bpstep.explain import latex
from bpstep.export.markdown import escape_markdown
from bpstep.model.network import Network
from bpstep.recording import messages
from bpstep.recording.capture import Capture, Scene
from bpstep.render.caption import PressedKeys
from bpstep.render.svg import screen_svg
from bpstep.render.theme import Theme
from bpstep.session.frame import Frame
from bpstep.text import fill


def web_page(played: Capture, path: Path) -> Iterator[tuple[Path, str]]:
    """The page's pictures, one by one, and then the page: each with its file."""
    made, last = _MarkdownPage(played, picture_folder(path)), None
    for last in played.scenes():
        yield from made.add_scene(last)
    if last is not None and not made.pictures:
        yield from made.add_section(last)
    made.list_skipped()
    yield path, "\n".join(made.lines) + "\n"


def picture_folder(path: Path) -> Path:
    """The folder of a page's pictures, which are numbered."""
    return path.with_name(f"{path.stem}-pictures")


class _MarkdownPage:
    """The page so far."""

    def __init__(self, played: Capture, folder: Path) -> None:
        self.lines = [f"# {escape_markdown(played.lesson.title or played.lesson.name)}"]
        self.pictures: dict[bytes, Path] = {}
        """The file of each picture, by a hash: many large pictures are not kept."""
        self._folder = folder
        self._shown: Path | None = None
        self._network: Network | None = None
        self._before: Frame | None = None
        self._place = ""
        self._known: set[tuple[str, str]] = set()
        """The formulas on the page, and the network of each."""
        self._skipped: list[Frame] = []
        """Moments without a caption whose formula is still to be listed."""
        self._keys = PressedKeys()

    def add_scene(self, scene: Scene) -> Iterator[tuple[Path, str]]:
        """Add a scene: a section if it has a caption or a name, else its formula in a list."""
        frame, before = scene.frame, self._before
        if before is None or self._network is None:
            self._network, self._place = frame.network, _caption(frame)
        for press in scene.presses:
            self._keys.add(press)
        if before is None or frame.network is not before.network or frame.n > before.n:
            self._skipped += [frame] if self._is_new(frame) else []
        self._before = frame
        if scene.has_new_caption or scene.is_named:
            yield from self.add_section(scene)

    def add_section(self, scene: Scene) -> Iterator[tuple[Path, str]]:
        """The formula if it is new, the keys that led here, the screen, and the caption."""
        frame = scene.frame
        new = self._is_new(frame) or (bool(self._skipped) and self._skipped[-1].n == frame.n)
        if self._skipped and self._skipped[-1].n == frame.n:
            self._skipped.pop()
        self.list_skipped()
        if new:
            self.lines += self._formula(frame)
        self._key_line(frame, new)
        drawn = screen_svg(scene.canvas, scene.theme, _caption(frame))
        key = sha256(drawn.encode()).digest()
        picture = self.pictures.get(key, self._folder / f"{len(self.pictures) + 1:02}.svg")
        if picture != self._shown:
            link = quote(f"{self._folder.name}/{picture.name}", errors="surrogateescape")
            self.lines += ["", f"![{escape_markdown(_caption(frame))}]({link})"]
        if key not in self.pictures:
            yield picture, drawn
        self.pictures[key] = self._shown = picture
        if scene.has_new_caption and scene.caption:
            self.lines += ["", escape_markdown(scene.caption)]

    def list_skipped(self) -> None:
        """A line for each formula without a caption."""
        self.lines += [""] if self._skipped else []
        for frame in self._skipped:
            assert frame.step is not None
            formula = latex.equation_latex(frame.step, frame.program)
            templates = (
                messages.FORMULA_AT,
                messages.FORMULA_AT_ITERATION,
                messages.FORMULA_AT_NETWORK,
                messages.FORMULA_AT_NETWORK_ITERATION,
            )
            told = self._fill_place(templates, frame, formula=f"${formula}$, `{frame.step.equation}`")
            self.lines.append(f"- {told}")
        self._skipped = []

    def _is_new(self, frame: Frame) -> bool:
        """True for a formula that is not on the page yet; it is from then on."""
        if frame.step is None or (frame.network.name, frame.step.equation) in self._known:
            return False
        self._known.add((frame.network.name, frame.step.equation))
        return True

    def _formula(self, frame: Frame) -> Iterator[str]:
        """The equation just done, in symbols and as the line that ran."""
        assert frame.step is not None
        templates = (
            messages.STEP_TITLE,
            messages.STEP_TITLE_ITERATION,
            messages.STEP_TITLE_NETWORK,
            messages.STEP_TITLE_NETWORK_ITERATION,
        )
        yield from ("", f"## {self._fill_place(templates, frame, name=f'`{frame.step.name}`')}", "")
        yield f"$${latex.equation_latex(frame.step, frame.program)}$$"
        yield from ("", "```python", frame.step.equation, "```")

    def _fill_place(self, templates: Sequence[str], frame: Frame, **slots: object) -> str:
        """One of four sentences about a moment.

        Plain, with the iteration if it is not the first, with the network if it is another, or with both.
        """
        template = templates[2 * (frame.network is not self._network) + bool(frame.iteration)]
        network = escape_markdown(frame.network.name)
        return fill(template, n=frame.n, iteration=frame.iteration, network=network, **slots)

    def _key_line(self, frame: Frame, headed: bool) -> None:
        """The keys pressed since the previous picture, and where they led."""
        keys, self._keys = self._keys.to_text(Theme()), PressedKeys()
        place = "" if headed or _caption(frame) == self._place else escape_markdown(_caption(frame))
        self._place = _caption(frame)
        template = messages.KEYS_AND_PLACE if keys and place else messages.KEYS
        told = fill(template, keys=_code(keys), place=place) if keys else place
        self.lines += ["", told] if told else []


def _code(text: str) -> str:
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def _caption(frame: Frame) -> str:
    """A moment in a few words."""
    network, n, inside = frame.network.name, frame.n, frame.inside
    if inside:
        slots = {"k": inside.k, "total": inside.total, "name": inside.step.name}
        return fill(messages.PLACE_INSIDE, network=network, n=n, **slots)
    if frame.step:
        return fill(messages.PLACE_OF_STEP, network=network, n=n, name=frame.step.name)
    return fill(messages.PLACE, network=network, n=n)
