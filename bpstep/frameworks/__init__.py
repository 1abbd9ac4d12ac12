"""Models in memory: of PyTorch or scikit-learn, lists of arrays, or the text of a forward pass.

Its input is a model with its data, its output a `Network` with the same numbers in float64. No library is
imported here: whoever has a PyTorch model has imported PyTorch.
"""
