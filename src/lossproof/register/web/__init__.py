"""What every page shares: the templates around GOV.UK Frontend, forms, navigation, error pages and static files."""
