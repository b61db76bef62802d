"""Imports: an asset list or another system's report, step by step, from a file that somebody uploads."""
