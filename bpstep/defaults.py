"""What is meant where nothing else is said."""

from __future__ import annotations

NETWORK = "article"

SIZE = (80, 24)
"""Columns and lines of a screen."""

THEMES = ("dark", "light")
"""The first is used where none is asked for."""

SMALLEST = (60, 18)
"""The least screen that everything can be shown on."""

LARGEST = (1000, 400)
"""Columns and lines that are drawn of a larger screen: more than any monitor has, fewer than a program at the
other end of a line may claim."""
