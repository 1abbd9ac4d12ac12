"""What the keys do: the controller, its commands and panels, and the configuration. Knows no Textual.

In go keys, clicks and times. Out come changes of the session and of the view, and a canvas to paint.
"""
