"""Explanations of an equation: symbols, LaTeX, one cell's arithmetic, the chain rule, a sentence."""
