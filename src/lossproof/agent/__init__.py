"""The agent: the eyes of an endpoint, on insertion and on schedule; it sends signed facts to a register."""
