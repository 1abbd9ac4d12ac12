"""The diagram of a multilayer perceptron: columns of units, their cards, and the edges between them.

Its input is a `Frame`, its output the network pane.
"""
