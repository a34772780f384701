"""The Python API: check, load, build, generate, summarise, train. The package loads its names from here when they are used."""
