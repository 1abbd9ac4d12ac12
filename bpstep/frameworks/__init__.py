"""Models in memory: of PyTorch or scikit-learn, lists of arrays, or the text of a forward pass.

In goes a model with its data. Out comes a `Network` with the same numbers in float64. No library is imported
here: whoever has a PyTorch model has imported PyTorch.
"""
