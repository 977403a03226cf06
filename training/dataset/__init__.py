"""Labels, how late they come, and splits forward in time."""
