"""Which stores do the commands' tests use? Those of the store's own tests."""

from tests.serving.store.conftest import (  # noqa: F401  (fixtures)
    migrated_url,
    postgresql_settings,
    server,
    settings,
    sqlite_settings,
)
