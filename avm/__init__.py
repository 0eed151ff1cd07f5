"""Automated valuation: nothing is here yet."""
