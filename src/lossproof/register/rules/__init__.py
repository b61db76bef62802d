"""The rules: what they say in English, what would change if they were others, and which held when."""
