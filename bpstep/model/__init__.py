"""A multilayer perceptron as plain data: layers, initial values, losses and optimisers.

In go the sizes and choices of a network file. Out comes a `Network`, which holds arrays and names but
computes nothing.
"""
