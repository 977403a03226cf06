"""Labels, the delay after which they become known, and splits forward in time."""
