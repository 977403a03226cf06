"""CSV, Excel, Parquet and SQL into raw frames."""
