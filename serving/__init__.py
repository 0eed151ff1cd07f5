"""Command line, settings and pages: the only part of the product that reads and writes files."""
