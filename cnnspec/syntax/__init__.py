"""Notation: text to syntax tree. Knows no layer; see the README in this folder."""
