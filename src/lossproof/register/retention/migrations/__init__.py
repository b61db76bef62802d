"""Changes of the tables of retention, as Django applies them."""
