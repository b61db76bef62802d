"""Custody as pages: hand over, accept without an account, take back, report missing, what I have."""
