"""Sizes that are not known: what a walk assumes of them, and which inputs a network takes."""
