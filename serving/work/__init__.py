"""The work behind the HTTP API: looking at photos in a bounded pool, keeping, sweeping."""
