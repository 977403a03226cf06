"""practice.toml: read, validate, draft from an export, and its scoring rules."""
