"""What personal data is here, and about how many people."""
