"""Bounded read-only byte sources, and the partition tables on them. The standard library alone."""
