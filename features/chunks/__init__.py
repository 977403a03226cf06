"""Tables that are larger than memory: in chunks of leads, or in hash buckets on disk that many processes read."""
