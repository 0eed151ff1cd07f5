"""What is configured, reachable and wrong, with what to do: the work of `homelens doctor`."""
