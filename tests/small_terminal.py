"""A terminal that knows as much as a patch may say: absolute moves, the next line, colours and attributes."""

import re

from rich.cells import cell_len

_PIECES = re.compile(r"\x1b\[(?P<codes>[\d;]*)(?P<end>[A-Za-z])|(?P<text>[^\x1b])")
_ENDS = {22: (1, 2), 24: (4,), 27: (7,)}


class Terminal:
    """Cells hold a character, its attributes, colour and ground; of a blank only what can be seen of it."""

    def __init__(self, width, height):
        self.cells = [[(" ", (), 49)] * width for _ in range(height)]
        self.x = self.y = 0
        self.attributes, self.colour, self.ground = set(), 39, 49

    def write(self, data):
        for piece in _PIECES.finditer(data):
            codes = [int(code or 0) for code in (piece["codes"] or "").split(";")]
            match piece["end"]:
                case None if piece["text"] == "\r":
                    self.x = 0
                case None if piece["text"] == "\n":
                    self.y += 1
                case None:
                    self._print(piece["text"])
                case "m":
                    self._style(codes)
                case "H":
                    self.y, self.x = (codes[0] or 1) - 1, (codes[1] if len(codes) > 1 else 1) - 1
                case "G":
                    self.x = codes[0] - 1
                case other:
                    raise AssertionError(f"this terminal does not know {other}")
        assert len(re.sub(_PIECES, "", data)) == 0

    def _style(self, codes):
        while codes:
            code = codes.pop(0)
            if code in (38, 48):
                rest = 2 if codes[0] == 5 else 4
                code, codes = (code, *codes[:rest]), codes[rest:]
            first = code[0] if isinstance(code, tuple) else code
            if first == 0:
                self.attributes, self.colour, self.ground = set(), 39, 49
            elif first < 10:
                self.attributes.add(first)
            elif first in _ENDS:
                self.attributes -= set(_ENDS[first])
            elif 30 <= first < 40 or 90 <= first < 100:
                self.colour = code
            else:
                self.ground = code

    def _print(self, character):
        seen = character != " " or self.attributes & {4, 7, 9}
        cell = (character, tuple(sorted(self.attributes)), self.colour, self.ground)
        self.cells[self.y][self.x] = cell if seen else (" ", (), self.ground)
        for behind in range(1, cell_len(character)):
            self.cells[self.y][self.x + behind] = ("", *cell[1:])
        self.x += cell_len(character)

    @property
    def is_plain(self):
        """True where the next character would have no colour and no attribute."""
        return (self.attributes, self.colour, self.ground) == (set(), 39, 49)
