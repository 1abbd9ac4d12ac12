"""The diagram of a multilayer perceptron: columns of units, their cards, and the edges between them.

In goes a `Frame`. Out comes the network pane.
"""
