"""One person's debugging session: a journal of events, a cursor in time, branches and breakpoints.

In go events: steps, edits, marks, breakpoints, watches. Out comes a `Frame`, with everything that a view of
the moment may know.
"""
