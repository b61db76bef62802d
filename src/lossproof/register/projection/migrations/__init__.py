"""Changes to the register's projection tables, in order."""
