"""Runs a recipe: data, loop, run folders, evaluation. Importing this package loads no torch. See the README in this folder."""
