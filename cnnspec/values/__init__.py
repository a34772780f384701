"""The values that flow through the compiler: sizes, shapes, and constructor calls as data. No pydantic, no torch."""
