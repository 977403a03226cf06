"""Raw frames and JSON payloads into validated tables, with every rejected row beside its reason."""
