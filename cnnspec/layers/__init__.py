"""All layer kinds: one class is one kind, one file is one family. See the README in this folder."""
