"""What does not match: seen and nobody's, registered and unseen, two records of one device, keys that have gone quiet."""
