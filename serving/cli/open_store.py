"""How does a command reach the store? By the settings in the environment, and only once it runs.

Lives here: opening it. Does not live here: the store (``serving.store``), its settings (``serving.settings``).
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from serving.store.store import Store

__all__ = ["open_store"]


def open_store() -> "Store":
    """Open the store that the environment names; close it by ``with``.

    Raises
    ------
    StoreError, SettingsError
        If it cannot be opened, or a setting cannot be read.
    """
    # SQLAlchemy takes a second to import: help and a misspelled option answer without it.
    from serving.settings import Settings
    from serving.store.store import Store

    return Store.open(Settings.from_environment())
