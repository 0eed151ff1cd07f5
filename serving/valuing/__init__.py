"""Serving values: who may ask how much, what the public sees, and what looks like a sweep."""
