"""A terminal that knows as much as a patch may say, and refuses what terminals don't agree about."""

import re

from rich.cells import cell_len

_PIECES = re.compile(
    r"\x1b\[(?P<codes>[\d;]*)(?P<end>[A-Za-z])|\x1b(?P<other>[78])|(?P<moves>[\r\n\t\b\f])|(?P<text>[^\x00-\x1f]+)"
)
_ENDS = {22: (1, 2), 24: (4,), 27: (7,)}


class Terminal:
    """Cells hold a character, its attributes, colour and ground; of a blank only what can be seen of it."""

    def __init__(self, width, height):
        self.width, self.height = width, height
        self.cells = [[(" ", (), 49)] * width for _ in range(height)]
        self.x = self.y = 0
        self.attributes, self.colour, self.ground = set(), 39, 49
        self.saved = None

    def write(self, data):
        end = 0
        for piece in _PIECES.finditer(data):
            assert piece.start() == end, f"this terminal does not know {data[end : piece.start()]!r}"
            end = piece.end()
            if piece["text"]:
                self._print(piece["text"])
            elif piece["moves"]:
                self._control(piece["moves"])
            elif piece["other"]:
                self._keep(piece["other"])
            else:
                self._sequence(piece["end"], [int(code or 0) for code in piece["codes"].split(";")])
            assert self.x is None or 0 <= self.x <= self.width, "no line has so many columns"
            assert 0 <= self.y < self.height, "nothing scrolls"
        assert end == len(data)

    def _sequence(self, end, codes):
        number = codes[0] or 1
        match end:
            case "m":
                self._style(codes)
            case "H":
                self.y, self.x = number - 1, (codes[1] if len(codes) > 1 else 1) - 1
            case "G":
                self.x = number - 1
            case "E" | "F":
                self.y, self.x = self.y + (number if end == "E" else -number), 0
            case "A" | "B":
                self.y, self.x = self.y + (number if end == "B" else -number), self._inside()
            case "C" | "D":
                self.x = self._inside() + (number if end == "C" else -number)
            case "X" | "K":
                self._erase(self._inside(), number if end == "X" else self.width)
            case other:
                raise AssertionError(f"this terminal does not know {other}")

    def _inside(self):
        assert self.x is not None, "only one who knows the driver knows the column"
        assert self.x < self.width, "behind the last column terminals disagree about where the cursor is"
        return self.x

    def _control(self, character):
        match character:
            case "\r":
                self.x = 0
            case "\t":
                self.x = self._inside() // 8 * 8 + 8
                assert self.x < self.width, "there is no tab stop behind"
            case "\b":
                self.x = self._inside() - 1
            case "\f":
                self.y, self.x = self.y + 1, self._inside()
            case "\n":
                # What a driver makes of it: perhaps a new line. So nobody may count on the column.
                self.y, self.x = self.y + 1, self.x and None

    def _keep(self, digit):
        if digit == "7":
            self.saved = self.x, self.y, set(self.attributes), self.colour, self.ground
        else:
            self.x, self.y, attributes, self.colour, self.ground = self.saved
            self.attributes = set(attributes)

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

    def _erase(self, x, number):
        assert not self.attributes & {4, 7, 9}, "terminals disagree about what is erased with these"
        cells = self.cells[self.y][x : x + number]
        self.cells[self.y][x : x + number] = [(" ", (), self.ground)] * len(cells)

    def _print(self, text):
        look = tuple(sorted(self.attributes)), self.colour, self.ground
        blank = (" ", *look) if self.attributes & {4, 7, 9} else (" ", (), self.ground)
        row = self.cells[self.y]
        for character in text:
            row[self.x] = blank if character == " " else (character, *look)
            width = 1 if character.isascii() else cell_len(character)
            for behind in range(1, width):
                row[self.x + behind] = ("", *look)
            self.x += width

    @property
    def is_plain(self):
        """True if the next character would have no colour and no attribute."""
        return (self.attributes, self.colour, self.ground) == (set(), 39, 49)
