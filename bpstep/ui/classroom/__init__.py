"""A class as teacher and pupil see it: questions, answers, following.

Input: messages of the class. Output: changes of the controller, and answers to send.
"""
