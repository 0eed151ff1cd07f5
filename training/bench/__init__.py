"""Measures time and memory of the product's own path; see training.bench.cli."""
