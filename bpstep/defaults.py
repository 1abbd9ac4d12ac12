"""The defaults that several packages share."""

from __future__ import annotations

NETWORK = "article"

SIZE = (80, 24)
"""Columns and lines of a screen."""

PAGE_WIDTH = 80
"""Columns of printed text whose width is not chosen."""

THEMES = ("dark", "light")
"""The first is the default."""

MIN_SCREEN_SIZE = (60, 18)
"""The smallest screen on which everything can be shown."""

MAX_SCREEN_SIZE = (1000, 400)
"""The most columns and lines that are drawn on a larger screen: more than any monitor has, fewer than a
program at the other end of a line may claim.
"""
