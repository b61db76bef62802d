"""`python -m lossproof`."""

from lossproof.cli import run

run()
