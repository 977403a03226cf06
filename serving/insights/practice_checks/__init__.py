"""Does the practice do what it means to? Sources of misfits, who waits, and whether its mark of a good lead holds."""
