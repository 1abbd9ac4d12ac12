"""One module a group of commands: each row of `actions` has its function in one of them.

In go the controller and a count. Out come changes of its session, its view or its open panel.
"""
