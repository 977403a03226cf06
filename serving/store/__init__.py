"""The store: what did we know of each lead, since when, what did we answer, and who changed what? SQLite by default,
PostgreSQL by a URL.

``store`` is the entry point: ``Store.open(settings)``, then ``with store.transaction() as transaction:
transaction.leads.put(...)``. Plain dataclasses (``database.entities``) go in and come out. SQLAlchemy and Alembic are
imported in this folder and nowhere else in the room.
"""

__all__ = ["records", "store"]
