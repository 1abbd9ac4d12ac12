"""The functions of the actions, one module for each group of commands.

Input: the controller and a count. Output: changes of its session, its view or its panel.
"""
