"""One file a category of personal data that the law protects specially, found by folder; `find_terms` looks for their words."""

from __future__ import annotations

from lossproof.discover.lexicon import Category, Term, all_categories, find_terms

__all__ = ["Category", "Term", "all_categories", "find_terms"]
