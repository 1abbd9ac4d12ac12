"""Everything on disk: session files, their recorder, resuming and cleaning up, atomic writes.

In go the events of a session. Out come files for the user alone, and sessions read back from them.
"""
