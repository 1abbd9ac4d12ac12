"""The controller with its commands and panels, and the user's settings; without Textual.

Input: keys, clicks and times. Output: changes of the session and the view, and a canvas to paint.
"""
