"""The folder of a run: what is in it, and how it is written so that nothing that stops a run can spoil it."""
