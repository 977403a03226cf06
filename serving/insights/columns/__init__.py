"""Which facts are the insights computed from? Tables as plain arrays, cut at the moment of the report."""
