"""One file an identifier, found by folder: what it looks like, how it is checked, and what says that it is meant."""
