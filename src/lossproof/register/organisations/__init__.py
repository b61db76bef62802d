"""Organisations: registered, looked at, and ended with all that their people and machines may do."""
