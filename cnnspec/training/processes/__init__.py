"""Several processes that train one network: which is which, and what they tell each other."""
