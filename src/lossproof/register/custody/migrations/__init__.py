"""Migrations of the custody app."""
