"""One repository for each entity of the store."""
