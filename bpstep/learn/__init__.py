"""Exercises: predictions and how they are graded, single mistakes, and the built-in puzzles.

In go a session and what a learner typed or changed. Out come verdicts and hints.
"""
