"""People who log in: accounts, their duties, one-time links, second factors."""
