"""What changed, and what to do on Monday? The sentences at the top of the report."""
