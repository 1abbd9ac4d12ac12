"""What is meant where nothing else is said."""

from __future__ import annotations

NETWORK = "article"

SIZE = (80, 24)
"""Columns and lines of a screen."""

THEMES = ("dark", "light")

SMALLEST = (60, 18)
"""The least screen that everything can be shown on."""
