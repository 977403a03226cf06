"""Does the doctor find each thing that is wrong, say what to do, and stay quiet about a sound installation?"""

import json
import os
import re
import socket
import sqlite3
import sys
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from serving.cli.main import main
from serving.diagnostics import installation_checks
from serving.http.api_keys import KeyFile
from serving.settings import Settings

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)


@pytest.fixture
def home(tmp_path, make_bundle):
    """A sound installation: a champion with its pointer, MLflow's alias, and one key."""
    home = tmp_path / "mlruns"
    make_bundle().write(home / "bundle")
    digest = sha256((home / "bundle" / "manifest.json").read_bytes()).hexdigest()
    (home / "pointers" / "leadlight").mkdir(parents=True)
    pointer = {"name": "leadlight", "alias": "champion", "version": "3", "path": "bundle", "sha256": digest}
    (home / "pointers" / "leadlight" / "champion.json").write_text(json.dumps(pointer))
    os.utime(home / "pointers" / "leadlight" / "champion.json", (NOW.timestamp() - 60,) * 2)
    with sqlite3.connect(home / "mlflow.db") as database:
        database.execute("CREATE TABLE registered_model_aliases (alias TEXT, version INTEGER, name TEXT)")
        database.execute("INSERT INTO registered_model_aliases VALUES ('champion', 3, 'leadlight')")
    KeyFile(home, lambda: NOW).add("crm", "hubspot", None)
    return home


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = probe.getsockname()[1]
    return number


@pytest.fixture
def check_home(home, port, monkeypatch):
    """Everything that is not ok, as one text: ``check_home(now=...)``."""
    for name in [name for name in os.environ if name.startswith("LEADLIGHT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(installation_checks, "MIN_FREE_BYTES", 1)

    def look(now=NOW):
        findings = installation_checks.run_checks(Settings(home), "127.0.0.1", port, now)
        return "\n".join(f"{finding.state}: {finding.message}" for finding in findings if finding.state != "ok")

    return look


def test_a_sound_installation_has_nothing_to_mend(check_home):
    assert check_home() == ""


def drop_pointer(home):
    (home / "pointers" / "leadlight" / "champion.json").unlink()


def flip_a_byte(home):
    path = home / "bundle" / "model.txt"
    path.write_bytes(path.read_bytes().replace(b"tree", b"tref", 1))


def move_alias(home):
    with sqlite3.connect(home / "mlflow.db") as database:
        database.execute("UPDATE registered_model_aliases SET version = 4")


def drop_alias(home):
    with sqlite3.connect(home / "mlflow.db") as database:
        database.execute("DELETE FROM registered_model_aliases")


def expired_key(home):
    KeyFile(home, lambda: NOW - timedelta(days=2)).add("crm", "old", timedelta(days=1))


def expiring_key(home):
    KeyFile(home, lambda: NOW).add("crm", "soon", timedelta(days=10))


def full_day(home):
    (home / "requests").mkdir()
    path = home / "requests" / f"{NOW:%Y-%m-%d}.jsonl"
    path.touch(0o600)
    os.truncate(path, 190_000_000)


@pytest.mark.parametrize(
    ("harm", "expected"),
    [
        (drop_pointer, "fix: model leadlight@champion: nothing is registered"),
        (flip_a_byte, "fix: bundle .*model.txt was changed after it was sealed"),
        (move_alias, "fix: the pointer says leadlight@champion is version 3, MLflow says version 4"),
        (drop_alias, "MLflow has no such alias"),
        (
            lambda home: (home / "mlflow.db").write_text("not a database, but long enough to be taken for one" * 40),
            "mlflow.db cannot be read",
        ),
        (lambda home: (home / "keys.json").unlink(), "note: There is no active API key"),
        (lambda home: (home / "keys.json").write_text("{"), "fix: keys: .* cannot be read"),
        (expired_key, "note: Key .* of old expired on 2026-03-04"),
        (expiring_key, "note: Key .* of soon expires on 2026-03-15.*leadlight key add --role crm --name soon"),
        (
            lambda home: (home / "keys.json").chmod(0o644),
            "fix: .*keys.json can be opened by others .mode 644.. Run chmod 600",
        ),
        (lambda home: (home / "pointers").chmod(0o777), "fix: .*pointers can be written by anybody"),
        (full_day, "fix: today's request log has 190 of 200 MB"),
        (
            lambda home: os.utime(home / "pointers" / "leadlight" / "champion.json", (NOW.timestamp() + 3600,) * 2),
            "fix: the clock says 2026-03-05 12:00 UTC",
        ),
    ],
)
def test_each_harm_is_found_alone_and_said_with_what_to_do(check_home, home, harm, expected):
    harm(home)

    output = check_home()

    assert re.search(expected, output), output
    assert len(output.splitlines()) == 1


def test_an_old_model_is_noted(check_home):
    assert "The model is 215 days old" in check_home(datetime(2026, 10, 2, 12, tzinfo=UTC))


@pytest.mark.parametrize("sound", [True, False])
def test_the_verb_exits_honestly(home, port, monkeypatch, capsys, sound):
    monkeypatch.setenv("LEADLIGHT_HOME", str(home))
    monkeypatch.setattr(installation_checks, "MIN_FREE_BYTES", 1)
    monkeypatch.setattr(sys, "argv", ["leadlight", "doctor", "--port", str(port)])
    os.utime(home / "pointers" / "leadlight" / "champion.json")
    if not sound:
        Path(home / "keys.json").chmod(0o666)

    code = 0
    try:
        main()
    except SystemExit as left:
        code = left.code

    printed = capsys.readouterr()
    assert (code or 0) == (0 if sound else 1), printed.out
    assert ("1 problem to fix" in printed.err) != sound
