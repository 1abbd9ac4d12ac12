"""The tensors' pane: a table of numbers, one whole tensor, shaded cells, or a line of statistics per tensor.

Its input is a `Frame` with a view, its output the pane and how far its lines are scrolled.
"""
