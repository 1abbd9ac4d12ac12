"""How many examples a test draws."""

from hypothesis import settings

FIXED = 50
"""Examples of a test that names no number, in the profile that draws the same ones each time."""


def examples(count, **more):
    """`count` examples if the same ones are drawn each time, more in the other profile."""
    return settings(max_examples=count * settings.default.max_examples // FIXED, **more)
