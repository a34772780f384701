"""From samples to what the network sees in a step: where they are kept, in which order they come, and how they are changed."""
