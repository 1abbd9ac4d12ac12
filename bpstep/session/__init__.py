"""One person's debugging session: a journal of events, a cursor in time, runs and breakpoints.

Its input is events: steps, edits, marks, breakpoints, watches. Its output is a `Frame`, with everything that
a view of one position may know.
"""
