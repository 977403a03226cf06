"""What is in this export? Column matching, column roles, leakage."""
