"""The equations of one training iteration: steps, their roles, their order, and positions in time.

Its input is a `Network`, its output a `Program`: named right-hand sides in order, with the place of each
tensor in the diagram.
"""
