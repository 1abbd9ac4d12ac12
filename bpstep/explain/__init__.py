"""Every reading of a step: symbols, numbers, LaTeX, sentences, provenance and paths of the chain rule.

In goes a `Frame` or a `Step` with its tensors. Out come texts and trees that say what is computed and why.
"""
