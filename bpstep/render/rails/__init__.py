"""The picture of a network that is no chain of layers: one line a tensor, joined by rails.

In goes a `Frame`. Out comes the network pane: the tensors of the forward pass in the order in which they are
computed, each on the rail that leads from it to its readers, with its size and that of its gradient.
"""
