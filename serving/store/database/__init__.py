"""How does the store reach its database? Connections, the schema and its migrations, plain values, the audit."""
