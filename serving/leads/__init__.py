"""Use cases around one lead: upsert, events, outcomes, feedback."""
