"""Keeps personal data on portable devices unreadable to whoever finds them, and proves it."""

__version__ = "0.1.0"
