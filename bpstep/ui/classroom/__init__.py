"""The class as teacher and pupil see it: asking, answering, following.

In go messages of the class. Out come changes of the controller, and answers to send.
"""
