"""CSV, Excel, JSON, Parquet and SQL into raw frames."""
