"""Everything on disk: session files, their recorder, resuming and cleaning up, atomic writes.

Its input is the events of a session, its output files for the user alone, and sessions read back from them.
"""
