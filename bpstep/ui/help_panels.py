"""The help: signs, keys and the manual's pages, and a search in all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bpstep.actions import NAMED_KEYS, Action
from bpstep.manual import pages
from bpstep.render.canvas import clip, wrap
from bpstep.render.lists.help import help_lines
from bpstep.render.lists.list import KeyLabels, ListLine, text_line, visible_line_count
from bpstep.render.lists.manual import manual_page_lines
from bpstep.render.rails import has_rails
from bpstep.text import fill, fill_plural, quoted
from bpstep.ui import messages
from bpstep.ui.controller import Controller
from bpstep.ui.panels import ListPanel
from bpstep.ui.prompt import Prompt

_MARGIN = 4
"""The margin of a page's text, left and right together."""


@dataclass(frozen=True)
class PagePosition:
    """A line of a page of the manual, by its index at the width of the screen."""

    name: str
    line: int = 0


class HelpScreen(ListPanel):
    """A screen of the help. Only Escape closes it, and shows the previous one, if any."""

    def __init__(self, previous: HelpScreen | None = None) -> None:
        super().__init__()
        self.previous = previous
        self.searched = ""
        """The text searched for last."""

    def handle_key(self, controller: Controller, key: str, name: str) -> str | None:
        """Escape goes back, the search's keys search; everything else as in other lists."""
        if key == "escape" or name == "close":
            if self.previous is None:
                return ""
            controller.panel = self.previous
            return None
        if name == "find":
            controller.open_prompt(self._search_prompt(controller))
            return None
        if name in ("find_next", "find_previous"):
            self.show_match(controller, 1 if name == "find_next" else -1)
            return None
        if key in ("tab", "shift+tab"):
            self.next_part(controller, 1 if key == "tab" else -1)
            return None
        if key in ("home", "end"):
            self._scroll_to_end(controller, key == "end")
            return None
        return super().handle_key(controller, key, name)

    def next_part(self, controller: Controller, by: int) -> None:
        """Show the next part, or the one before."""
        raise NotImplementedError

    def show_match(self, controller: Controller, by: int) -> None:
        """Show the next match, or the previous one."""
        if not self.searched:
            controller.refuse(fill(messages.HELP_NOTHING_SEARCHED))
            return
        matches = [PagePosition(*found) for found in pages.find_lines(self.searched, _page_width(controller))]
        if not matches:
            controller.refuse(fill(messages.HELP_NOT_IN_MANUAL, text=quoted(self.searched)))
            return
        after, before = self._matches_around(controller, matches)
        following = after if by > 0 else before
        previous = self.previous if isinstance(self, ManualPage) and self.previous else self
        controller.panel = ManualPage(following, previous, self.searched)
        at = matches.index(following) + 1
        controller.show_message(fill(messages.HELP_MATCH, number=at, count=len(matches)))

    def _matches_around(
        self, controller: Controller, matches: Sequence[PagePosition]
    ) -> tuple[PagePosition, PagePosition]:
        """The match after this place and the one before it."""
        return matches[0], matches[-1]

    def _search_root(self) -> HelpScreen:
        """The screen that Escape returns to from a page found by a search."""
        return self

    def handle_enter(self, controller: Controller, value: object) -> str | None:
        """Run the chosen action, or open the chosen page."""
        if isinstance(value, Action):
            return value.id
        if isinstance(value, PagePosition):
            controller.panel = ManualPage(value, self, self.searched)
        return None

    def handle_click(self, controller: Controller, target: object) -> str | None:
        """Run the clicked action, or open the clicked page."""
        lines = self.lines(controller)
        match target:
            case ("line", int(at)) if at < len(lines):
                return self.handle_enter(controller, lines[at].value)
        return None

    def handle_list_key(self, controller: Controller, key: str, value: object) -> None:
        """Say which key closes the help; some terminals send a key for shift alone, which has no message."""
        if len(key) == 1 or key in NAMED_KEYS:
            said = messages.HELP_KEPT_OPEN if self.previous is None else messages.HELP_GO_BACK
            controller.refuse(fill(said))

    def _search_prompt(self, controller: Controller) -> Prompt:
        def accept(text: str) -> None:
            if not text.strip():
                return
            results = HelpSearch(text.strip(), self._search_root())
            if results.selected_value(controller) is None:
                message = fill(messages.HELP_NOT_FOUND, text=quoted(text.strip()))
                controller.refuse(message)
            else:
                controller.panel = results

        return Prompt(fill(messages.ASK_HELP_SEARCH), accept, self.searched, fill(messages.HELP_SEARCH_HINT))

    def _scroll_to_end(self, controller: Controller, at_end: bool) -> None:
        self.scroll(controller, (1 if at_end else -1) * len(self.lines(controller)))


class HelpPanel(HelpScreen):
    """The signs, the keys and the pages of the manual: Enter runs the chosen action or opens the page."""

    keys: KeyLabels = (
        ("Enter", messages.KEY_RUN_OR_OPEN),
        ("Tab", messages.KEY_NEXT_PART),
        ("/", messages.KEY_SEARCH),
        ("Escape", messages.KEY_CLOSE),
    )

    @property
    def title(self) -> str:
        return fill(messages.TITLE_HELP)

    def hint(self, controller: Controller) -> str:
        """What the last line says about the other keys of the help."""
        return fill(messages.HINT_HELP)

    def lines(self, controller: Controller) -> list[ListLine]:
        """The meaning of the signs, every action by group, the pages of the manual by part."""
        return [*self._key_lines(controller), *_contents_lines(controller)]

    def _key_lines(self, controller: Controller) -> list[ListLine]:
        return help_lines(
            controller.theme,
            controller.view.keys,
            controller.size[0],
            controller.view.hidden_actions,
            has_rails(controller.frame.program),
        )

    def next_part(self, controller: Controller, by: int) -> None:
        """Choose the first page of the manual; back at the signs and keys from there."""
        if not isinstance(self.selected_value(controller), Action):
            self.chosen, self.top = -1, 0
            return
        lines = self.lines(controller)
        self.chosen = next(at for at, line in enumerate(lines) if isinstance(line.value, PagePosition))
        self.top = max(min(self.chosen - 2, len(lines) - visible_line_count(controller.size[1])), 0)


def _contents_lines(controller: Controller) -> Iterator[ListLine]:
    """The pages of the manual by part, each with what it is about."""
    entries = pages.contents()
    part, width = "", 0
    for entry in entries:
        if entry.part != part:
            part = entry.part
            width = max(len(other.name) for other in entries if other.part == part)
            yield text_line()
            yield text_line(fill(messages.HELP_MANUAL_PART, part=part), "bright")
        summary = controller.theme.to_displayable(entry.summary)
        for at, text in enumerate(wrap(summary, max(_page_width(controller) - width - 2, 1))):
            name, value = ("", None) if at else (entry.name, PagePosition(entry.name))
            yield ListLine(((f"{name:<{width}}  ", "key"), (text, "text")), value, at > 0)


def _entry_line(controller: Controller, name: str, text: str, value: object) -> ListLine:
    theme = controller.theme
    shown = clip(
        theme.to_displayable(text), max(_page_width(controller) - len(name), 1), theme.glyphs.ellipsis
    )
    return ListLine(((name, "key"), (shown, "text")), value)


def _page_width(controller: Controller) -> int:
    """The cells of a page's lines."""
    return max(controller.size[0] - _MARGIN, 1)


class HelpSearch(HelpScreen):
    """The keys and the lines of the manual that contain a text."""

    keys: KeyLabels = (
        ("Enter", messages.KEY_RUN_OR_OPEN),
        ("/", messages.KEY_SEARCH),
        ("Escape", messages.KEY_BACK),
    )

    def __init__(self, text: str, previous: HelpScreen) -> None:
        super().__init__(previous)
        self.searched = text

    @property
    def title(self) -> str:
        return fill(messages.TITLE_HELP_SEARCH, text=quoted(self.searched))

    def hint(self, controller: Controller) -> str:
        """How many places were found."""
        count = sum(line.value is not None for line in self.lines(controller))
        return fill_plural(count, messages.HELP_PLACE, messages.HELP_PLACES)

    def lines(self, controller: Controller) -> list[ListLine]:
        """The actions, then the lines of the manual with the names of their pages."""
        return [*self._action_lines(controller), *self._page_lines(controller)]

    def _action_lines(self, controller: Controller) -> list[ListLine]:
        wanted = self.searched.casefold()
        found = help_lines(
            controller.theme, controller.view.keys, controller.size[0], controller.view.hidden_actions
        )
        return [
            line
            for line in found
            if isinstance(line.value, Action)
            and wanted in f"{line.runs[0][0]} {line.value.title} {line.value.help}".casefold()
        ]

    def _page_lines(self, controller: Controller) -> list[ListLine]:
        width = _page_width(controller)
        found = pages.find_lines(self.searched, width)
        names = max((len(name) for name, _ in found), default=0)
        texts = {name: pages.page_lines(name, width) for name in {name for name, _ in found}}
        return [
            _entry_line(
                controller,
                f"{name:<{names}}  ",
                texts[name][at].row or " ".join(texts[name][at].text.replace("`", "").split()),
                PagePosition(name, at),
            )
            for name, at in found
        ]

    def _search_root(self) -> HelpScreen:
        assert self.previous is not None
        return self.previous

    def next_part(self, controller: Controller, by: int) -> None:
        """Choose the next line, or the one before."""
        self.scroll(controller, by)


class ManualPage(HelpScreen):
    """A page of the manual, scrolled to a line of it."""

    def __init__(self, start: PagePosition, previous: HelpScreen, searched: str = "") -> None:
        super().__init__(previous)
        self.start = start
        self.searched = searched
        self._is_at_start = True

    @property
    def keys(self) -> KeyLabels:  # type: ignore[override]
        """The keys of a search only if there is one."""
        matches = ((", .", messages.KEY_NEXT_MATCH),) if self.searched else ()
        return (
            *matches,
            ("Tab", messages.KEY_NEXT_PAGE),
            ("/", messages.KEY_SEARCH),
            ("Escape", messages.KEY_BACK),
        )

    @property
    def title(self) -> str:
        return fill(messages.TITLE_MANUAL_PAGE, page=self.start.name)

    def hint(self, controller: Controller) -> str:
        """Which of the pages it is."""
        names = pages.page_names()
        return fill(messages.HINT_MANUAL_PAGE, number=names.index(self.start.name) + 1, count=len(names))

    def lines(self, controller: Controller) -> list[ListLine]:
        """The page at the width of the screen."""
        found = self._indexed_lines(controller)
        if self._is_at_start:
            # A match is read with the lines above it.
            at = next((row for row, (index, _) in enumerate(found) if index >= self.start.line), 0)
            self.top = max(at - visible_line_count(controller.size[1]) // 3, 0)
            self._is_at_start = False
        return [line for _, line in found]

    def _indexed_lines(self, controller: Controller) -> list[tuple[int, ListLine]]:
        return manual_page_lines(controller.theme, self.start.name, _page_width(controller), self.searched)

    def next_part(self, controller: Controller, by: int) -> None:
        """Show the next page, or the one before."""
        assert self.previous is not None
        names = pages.page_names()
        name = names[(names.index(self.start.name) + by) % len(names)]
        controller.panel = ManualPage(PagePosition(name), self.previous, self.searched)

    def _matches_around(
        self, controller: Controller, matches: Sequence[PagePosition]
    ) -> tuple[PagePosition, PagePosition]:
        names = pages.page_names()

        def order(place: PagePosition) -> tuple[int, int]:
            return names.index(place.name), place.line

        here = order(self.start)
        after = next((place for place in matches if order(place) > here), matches[0])
        before = next((place for place in reversed(matches) if order(place) < here), matches[-1])
        return after, before

    def _search_root(self) -> HelpScreen:
        previous = self.previous
        while isinstance(previous, HelpSearch | ManualPage) and previous.previous is not None:
            previous = previous.previous
        assert previous is not None
        return previous
