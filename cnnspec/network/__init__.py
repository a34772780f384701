"""Meaning: from syntax trees to networks of validated layers with known shapes. See the README in this folder."""
