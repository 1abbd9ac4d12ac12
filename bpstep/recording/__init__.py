"""Recordings: a lesson played on the real screen, or a person's own session, written as a file."""
