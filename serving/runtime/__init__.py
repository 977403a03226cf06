"""Background jobs, shutdown and timeouts of the running service."""
