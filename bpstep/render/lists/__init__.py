"""Full-screen lists: help, commands, why, gradient check, comparison, polls.

In goes the state of a panel. Out comes a `Canvas`.
"""
