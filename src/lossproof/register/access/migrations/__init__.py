"""Migrations of the access app."""
