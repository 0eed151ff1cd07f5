"""What the service says of itself: log lines and, where an endpoint is configured, traces."""
