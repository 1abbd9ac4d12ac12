"""A network as plain data: layers or forward equations, samples, initial values, losses and optimisers.

In go the sizes and choices of a network file. Out comes a `Network`, which holds arrays and names but
computes nothing.
"""
