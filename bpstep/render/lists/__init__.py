"""Full-screen lists: help, commands, why, gradient check, comparison, polls.

Their input is the state of a panel, their output a `Canvas`.
"""
