"""The formula pane: the equation in symbols, numbers and words, and the worksheet inside an equation.

Its input is a `Frame`, its output the lines of the pane.
"""
