"""A network as plain data: layers or forward equations, samples, initial values, losses and optimisers.

Its input is the sizes and choices of a network file, its output a `Network`, which holds arrays and names
but computes nothing.
"""
