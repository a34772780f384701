"""Reads data sets into tensors: one module per source, each a function from a declaration and a request to a `Dataset`."""
