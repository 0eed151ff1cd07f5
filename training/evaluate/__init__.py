"""Measures the shipped bundles on folders that the user gives; see training.evaluate.cli."""
