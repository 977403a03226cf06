"""The linear part: its columns, its penalties, fitting it."""
