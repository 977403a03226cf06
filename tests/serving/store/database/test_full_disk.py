"""The disk under PostgreSQL is full. Is that a clear 503, is nothing half-written, and does it go on by itself once
there is room?

SQLite's full disk is in ``test_survives``. The disk here is a memory file system of a few megabytes, which only root
may mount."""

import os
import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
import sqlalchemy
from starlette.testclient import TestClient

from serving.application import Components, create_application
from serving.http.middleware import RequestMiddleware
from serving.http.request_metrics import RequestMetrics
from serving.leads.lead_service import LeadService
from serving.settings import Settings
from serving.store.store import Store
from tests.serving.store.conftest import administrator, new_database

MEGABYTES = 40
LEFT = 2_000_000
"""Bytes that a test finds free."""


TABLESPACE = f"small_{os.getpid()}"
"""Two test processes share a server, whose tablespaces have names of their own."""


@pytest.fixture
def small_disk(server):
    """A folder of PostgreSQL's on a disk of its own: grows when told."""
    folder = Path(
        tempfile.mkdtemp(prefix="leadlight-disk-")
    )  # not under pytest's own folder: PostgreSQL's user may not enter that
    folder.chmod(0o755)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m,mode=700", "none", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        folder.rmdir()
        pytest.skip("no disk can be mounted here (that takes root), so a full one was not tried")
    try:
        inside = folder / "tablespace"
        inside.mkdir(mode=0o700)
        subprocess.run(["chown", "-R", "nobody", str(folder)], check=True)
        yield inside
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        folder.rmdir()


@pytest.fixture
def store(server, small_disk, tmp_path):
    """A store in a database on the small disk."""
    with administrator(server) as connection:
        connection.execute(sqlalchemy.text(f"CREATE TABLESPACE {TABLESPACE} LOCATION '{small_disk}'"))
    url = new_database(server, f"TABLESPACE {TABLESPACE}")
    with Store.open(Settings(tmp_path / "home", database_url=url)) as opened:
        with administrator(url) as connection:
            connection.execute(sqlalchemy.text("CREATE TABLE filler (words text)"))
            connection.execute(sqlalchemy.text("ALTER TABLE filler ALTER words SET STORAGE EXTERNAL"))
            row_count = (shutil.disk_usage(small_disk).free - LEFT) // 105_000
            connection.execute(
                sqlalchemy.text(f"INSERT INTO filler SELECT repeat('x', 100000) FROM generate_series(1, {row_count})")
            )
        yield opened
    with administrator(server) as connection:
        connection.execute(sqlalchemy.text(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)"))
        connection.execute(sqlalchemy.text(f"DROP TABLESPACE {TABLESPACE}"))


def rows(store: Store) -> dict[str, int]:
    """Rows of each table."""
    with store.database.reading() as connection:
        return {
            name: connection.execute(sqlalchemy.text(f"SELECT count(*) FROM {name}")).scalar()
            for name in ("leads", "lead_changes", "scores", "audit", "idempotency_keys")
        }


def test_a_full_disk_is_a_clear_503_and_nothing_is_half_written(store, small_disk, champion, now):
    application = create_application(Components(champion, lambda: now, lead_service=LeadService(store, champion)))
    client = TestClient(RequestMiddleware(application, metrics=RequestMetrics(())))
    send = lambda number: client.post(  # noqa: E731
        "/v1/leads",
        json={"lead_id": f"L-{number}", "message": secrets.token_hex(5_000)},
        headers={"idempotency-key": f"k{number}"},
    )
    sent_count = 0
    while (answer := send(sent_count)).status_code == 201 and sent_count < 300:
        sent_count += 1
    row_counts = rows(store)

    assert (answer.status_code, answer.json()["code"], answer.json()["retryable"]) == (503, "store_unavailable", True)
    assert (
        answer.json()["message"].startswith("The disk is full. Nothing of this was written. Free some space")
        and answer.headers["retry-after"]
    )
    assert (
        sent_count > 5
        and (row_counts["leads"], row_counts["lead_changes"], row_counts["scores"], row_counts["idempotency_keys"])
        == (sent_count,) * 4
    )
    assert store.verify_audit().broken is None
    assert (
        client.get("/v1/leads/L-0").status_code == 200
        and client.post("/v1/score", json={"lead_id": "L-x"}).status_code == 200
    )

    subprocess.run(["mount", "-o", f"remount,size={2 * MEGABYTES}m", str(small_disk.parent)], check=True)

    assert send(sent_count).status_code == 201 and rows(store)["leads"] == sent_count + 1
    assert store.verify_audit().broken is None
