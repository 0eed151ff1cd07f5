"""The `homelens` command."""
