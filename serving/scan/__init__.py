"""Looks at every photo of an archive, in shards that can be repeated: see docs/scan.md."""
