"""What follows from a checked network without running it: what its positions see, what its memory holds, what it learns."""
