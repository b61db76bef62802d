"""Frozen values that every room shares. No I/O, the standard library alone; import the module you need, not the package."""
