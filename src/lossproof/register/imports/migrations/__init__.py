"""Changes to the tables of imports."""
