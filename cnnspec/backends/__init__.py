"""Consumers of a checked network: the torch module, torch source, the summary, and the reference of the vocabulary."""
