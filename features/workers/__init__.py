"""Who runs a task many times? A loop, local processes, or the workers of a cluster; the same task, the same results."""
