"""Warnings about networks that are right and yet most likely not what their author has in mind: one class is one lint."""
