"""Connection, tables, column types, migrations and the audit chain."""
