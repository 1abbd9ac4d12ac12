"""Readings of an equation for people: symbols, LaTeX, one cell's arithmetic, the chain rule, a sentence."""
