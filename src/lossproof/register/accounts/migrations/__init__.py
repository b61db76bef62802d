"""Changes to the tables of this app, in order."""
