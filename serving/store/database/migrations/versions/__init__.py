"""Which steps were taken, in which order? One file for each; a step that was published is never changed."""
