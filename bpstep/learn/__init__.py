"""Exercises: predictions and how they are graded, single mistakes, and the built-in puzzles.

Its input is a session and what a learner typed or changed, its output verdicts and hints.
"""
