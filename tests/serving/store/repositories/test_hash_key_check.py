"""Is a store opened only with the key that its hashes were made with, and does an older store get one?"""

import shutil
from dataclasses import replace

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, insert

from features.logs.installation_key import hash_without_key
from serving.cli.store import rekey
from serving.errors import StoreError
from serving.store.database.entities import Lead
from serving.store.database.tables import installation, tombstones
from serving.store.maintenance.backup import backup, restore
from serving.store.store import Store


@pytest.fixture
def elsewhere(settings, store, tmp_path):
    """The same store seen from a home with another key."""
    with store.transaction() as at:
        at.leads.put(Lead("L-1"))
        at.leads.put(Lead("L-2"))
        at.forget("L-1")
    home = tmp_path / "elsewhere"
    if not settings.database_url:
        home.mkdir()
        backup(store, home / "leadlight.db")
    return replace(settings, home=home)


def test_another_key_is_refused_until_the_right_one_is_there(settings, elsewhere):
    with pytest.raises(StoreError, match="hashed with the key of another installation. Copy its file installation.key"):
        Store.open(elsewhere)

    shutil.copyfile(settings.home / "installation.key", elsewhere.home / "installation.key")
    with Store.open(elsewhere) as store, store.reading() as at:
        assert at.tombstones.get("L-1") is not None and len(at.audit.list_rows("L-1")) == 2


def test_a_lost_key_is_replaced_when_a_person_says_so_and_the_audit_says_it_too(elsewhere, monkeypatch):
    monkeypatch.setenv("LEADLIGHT_HOME", str(elsewhere.home))
    monkeypatch.setenv("LEADLIGHT_DATABASE_URL", elsewhere.database_url)

    first, second = (CliRunner().invoke(rekey, ["--yes"], standalone_mode=False).output for _ in range(2))

    assert "uses this home's installation.key. Keep a copy" in first and "nothing was changed" in second
    with Store.open(elsewhere) as store, store.reading() as at:
        assert at.audit.list_rows()[-1].action == "installation_key_replaced" and store.verify_audit().broken is None
        assert at.tombstones.get("L-1") is None and at.audit.list_rows("L-1") == []


def test_a_store_from_before_keys_gets_one_and_finds_everything_again(settings, store):
    with store.database.writing() as connection:
        connection.execute(delete(installation))
        row = {"lead_hash": hash_without_key("L-1"), "forgotten_at": store._clock()}
        connection.execute(insert(tombstones), row)

    with Store.open(settings) as opened, opened.reading() as at:
        assert at.tombstones.get("L-1") is not None and at.tombstones.get("L-2") is None
        assert hash_without_key("L-1") not in at.tombstones.list_all()


def test_lines_without_a_key_are_found_and_counted(store):
    with store.transaction() as at:
        at.leads.put(Lead("L-1"))
        # As a version before keys wrote it.
        at.audit._hasher = type("Plain", (), {"hash": staticmethod(hash_without_key)})()
        at.audit.append("lead_changed", "L-1")

    with store.reading() as at:
        assert [row.action for row in at.audit.list_rows("L-1")] == ["lead_created", "lead_changed"]
        assert (at.audit.count_unkeyed("L-1"), at.audit.count_unkeyed("L-2")) == (1, 0)


def test_a_backup_of_another_installation_comes_back_only_with_its_key_or_when_that_is_lost(
    sqlite_settings, elsewhere, tmp_path
):
    file = elsewhere.home / "leadlight.db"
    if elsewhere.database_url:
        pytest.skip("PostgreSQL has its own backups")
    there = replace(sqlite_settings, home=tmp_path / "third")

    with pytest.raises(StoreError, match="key of another installation"):
        restore(there, file)
    restore(there, file, is_key_lost=True)

    with Store.open(there) as store, store.reading() as at:
        assert at.leads.get("L-2") is not None and at.audit.list_rows()[-2].action == "installation_key_replaced"
