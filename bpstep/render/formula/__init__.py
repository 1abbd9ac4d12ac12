"""The formula pane: the equation in symbols, numbers and words, and the worksheet inside an equation.

In goes a `Frame`. Out come the lines of the pane.
"""
