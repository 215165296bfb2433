"""A person's answers and how interactions, signals and reports change them."""
