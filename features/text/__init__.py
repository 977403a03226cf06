"""What does a message say? Tokens, spelling, phrases, dates."""
