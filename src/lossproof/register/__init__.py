"""The register: a Django project that says which devices there are, who holds them, and whether they may be handed over."""
