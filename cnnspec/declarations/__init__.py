"""What a layer kind and a training setting have in common: a keyword, and fields with constraints. See the README here."""
