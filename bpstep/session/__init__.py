"""One person's debugging session: a journal of events, a cursor in time, branches and breakpoints.

In go events: steps, edits, marks, breakpoints, watches. Out comes a `Frame`, which is all that a
reader of the moment may know.
"""
