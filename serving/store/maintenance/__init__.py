"""Backup, restore and bulk load of the whole store."""
