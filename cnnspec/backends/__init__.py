"""Consumers of a checked network: tables, torch modules, torch source. See the README in this folder."""
