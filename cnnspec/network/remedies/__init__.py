"""What to do about a mistake with shapes: numbers that have been computed, and tried with the layers' own rules."""
