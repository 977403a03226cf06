"""By when do people want to come? Words of dates and spans, and choosing among a message's times."""
