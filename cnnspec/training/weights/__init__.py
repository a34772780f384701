"""Weights: as files, how they begin, and how those of a file differ from those of a network."""
