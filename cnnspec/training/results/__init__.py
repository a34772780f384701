"""What can be asked of a finished run, and of a network with weights."""
