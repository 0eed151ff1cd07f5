"""What is kept: rows in a database, files in a folder or on S3."""
