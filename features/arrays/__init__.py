"""Array primitives: dictionary encoding, sorting within groups, text hashes, and counts strictly before a moment."""
