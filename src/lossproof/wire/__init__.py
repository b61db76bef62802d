"""Bytes become model values and back: JSON out through the standard library, msgspec for what comes in."""
