"""A new store in a file, as a copy of one that the migrations made: they take a tenth of a second of CPU for each of a
thousand stores.

Lives here: the copy, put where ``Store.open`` migrates. A store with anything in it, one in PostgreSQL and one that
another process opens are migrated as ever.
Does not live here: whether the migrations are right (``tests/serving/store/database/test_migrations.py``, which takes
the copy away).
"""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from serving.store.database.connection import Database, make_sqlite_url
from serving.store.database.migrations import migrate

__all__ = ["copy_new_stores", "make_template"]

_COPYING = threading.Lock()


@pytest.fixture(scope="session", autouse=True)
def copy_new_stores(tmp_path_factory) -> Iterator[None]:
    """Open each new store of this process as a copy."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("serving.store.store.migrate", make_template(tmp_path_factory.mktemp("template")))
        yield


def make_template(folder: Path) -> Callable[[Database], None]:
    """Migrate an empty store in ``folder`` once, and return what does for others as ``migrate`` does."""
    template = Database(make_sqlite_url(folder / "template.db"))
    migrate(template)
    template.close()  # the last connection: all of it is in the one file
    content = template.file.read_bytes()

    def migrate_or_copy(database: Database) -> None:
        with _COPYING:
            if database.is_sqlite and database.file.stat().st_size == 0:
                database.file.write_bytes(content)
        migrate(database)

    return migrate_or_copy
