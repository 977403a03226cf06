"""Do the store's verbs do what they say, and say it without a person's data?"""

import json
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from features.errors import LeadlightError
from features.logs.daily_jsonl import DailyFiles
from features.mapping.column_mapping import Mapping
from features.practice.practice import Practice
from serving.cli.store import backup, forget, load, restore, verify_audit
from serving.errors import ServiceError, StoreError, UnknownLead
from serving.settings import Settings
from serving.store.database.entities import Lead
from serving.store.store import Store


@pytest.fixture
def home(settings, monkeypatch):
    """A store with three leads, found by the environment as the verbs find it."""
    monkeypatch.setenv("LEADLIGHT_HOME", str(settings.home))
    monkeypatch.setenv("LEADLIGHT_DATABASE_URL", settings.database_url)
    with Store.open(settings) as store, store.transaction() as at:
        at.leads.put(Lead("L-1", {"email": "zebulon@example.org", "phone": "617-555-0123"}))
        at.leads.put(Lead("L-2", {"phone": "(617) 555-0123"}))
        at.leads.put(Lead("L-3"))
    return settings


def run(verb, *arguments, typed=None):
    """What a verb prints; its own errors as they are raised."""
    ran = CliRunner().invoke(verb, list(arguments), input=typed, standalone_mode=False)
    if isinstance(ran.exception, LeadlightError):
        raise ran.exception
    return ran.output if ran.exception is None else f"{type(ran.exception).__name__}: {ran.exception}"


def ids(settings):
    """The leads there are."""
    with Store.open(settings) as store, store.reading() as at:
        return [lead.lead_id for lead in at.leads.list_page()]


def test_an_audit_that_holds_is_told_with_its_end(home):
    output = run(verify_audit)
    head = output.split()[-1]

    assert "The audit is intact: 3 lines" in output and len(head) == 64
    assert run(verify_audit, "--head", head) == output


def test_a_load_says_what_was_new_and_what_was_corrected(home, tmp_path, monkeypatch):
    bundle = SimpleNamespace(mapping=Mapping.identity(), practice=Practice())
    monkeypatch.setattr("training.bundle.find_bundle", lambda *where: (bundle, "1"))
    (tmp_path / "leads.csv").write_text("lead_id,created_at,channel\n7,2026-03-01,phone\n")

    def load_spend(*amounts):
        rows = "".join(f"2026-03-0{day},{amount},Brand\n" for day, amount in enumerate(amounts, 1))
        (tmp_path / "spend.csv").write_text("day,amount,campaign\n" + rows)
        return run(load, "--data", str(tmp_path))

    assert "Loaded: 1 new leads, 0 events, 0 outcomes, 2 amounts of spending." in load_spend(10, 20)
    assert "Loaded: 0 new leads, 0 events, 0 outcomes, 0 amounts of spending." in load_spend(10, 20)
    assert "Loaded: 0 new leads, 0 events, 0 outcomes, 1 amounts of spending (1 corrected)." in load_spend(10, 21, 30)


def test_an_audit_that_does_not_hold_names_the_line(home):
    with pytest.raises(StoreError, match="line 4 is not valid: the hash noted earlier is in no line"):
        run(verify_audit, "--head", "f" * 64)


def test_the_logs_of_scores_lose_the_lead_too_and_what_stays_is_said(home):
    log = DailyFiles(home.home / "requests")
    log.append(
        ['{"receipt":"a","lead_id":"L-1"}', '{"receipt":"b","lead_id":"L-2"}', '{"receipt":"c","lead_id":"L-8"}']
    )

    output, only_scored = run(forget, "--lead", "L-1", "--yes"), run(forget, "--lead", "L-8", "--yes")

    assert "1 lines of this machine's logs of scores" in output and "Still there: backups" in output
    assert "The store has no lead with this id. Deleted: 1 lines" in only_scored
    assert list(log.read_lines()) == ['{"receipt":"b","lead_id":"L-2"}']


def test_one_lead_is_forgotten_and_who_shares_its_phone_is_said(home):
    output = run(forget, "--lead", "L-1", "--yes")

    assert (
        "Deleted: 1 lead(s), 2 rows." in output
        and "1 other lead(s) share its email address, phone number or person id and were kept: L-2" in output
    )
    assert ids(home) == ["L-2", "L-3"]


def test_a_person_is_forgotten_by_a_number_that_is_asked_for(home):
    output = run(forget, "--phone", "-", "--yes", typed="617 555 0123\n")

    assert "Deleted: 2 lead(s)" in output and "555" not in output and ids(home) == ["L-3"]


def test_a_program_reads_one_value_also_where_somebody_is_asked(home):
    DailyFiles(home.home / "requests").append(['{"receipt":"c","lead_id":"L-8"}'])

    asked = CliRunner().invoke(forget, ["--lead", "L-1", "--json"], input="y\n")
    only_scored = CliRunner().invoke(forget, ["--lead", "L-8", "--yes", "--json"])

    assert "It cannot be undone" in asked.stderr and json.loads(asked.stdout)["leads"] == 1
    value = json.loads(only_scored.stdout)
    assert value.keys() == json.loads(asked.stdout).keys() and (value["leads"], value["log_lines"]) == (0, 1)


def test_a_person_is_forgotten_by_address_after_a_yes(home):
    assert run(forget, "--email", "Zebulon@Example.org", typed="n\n").startswith("Abort") and len(ids(home)) == 3
    assert "It cannot be undone" in run(forget, "--email", "Zebulon@Example.org", typed="y\n") and ids(home) == [
        "L-2",
        "L-3",
    ]


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        (("--lead", "nobody", "--yes"), UnknownLead, "nothing to forget"),
        (("--email", "zebulon@nowhere.example"), StoreError, "no lead has this email address or phone number"),
    ],
)
def test_a_stranger_is_a_sentence_that_names_nobody(home, arguments, error, match):
    with pytest.raises(error, match=match) as caught:
        run(forget, *arguments)

    assert "nowhere" not in str(caught.value)


@pytest.mark.parametrize("arguments", [(), ("--lead", "L-1", "--expired")])
def test_forget_wants_one_name(home, arguments):
    assert "UsageError: Use one of --lead, --email, --phone or --expired" in run(forget, *arguments)


def test_what_is_kept_too_long_goes(home, monkeypatch):
    monkeypatch.setenv("LEADLIGHT_RETENTION_DAYS", "36500")

    assert "Deleted as expired: 0 leads, 0 idempotency keys, 0 sent messages, 0 amounts of spending." in run(
        forget, "--expired"
    )


@pytest.mark.parametrize("days", ["0", "x", "-1", "36501", "0000365", "٣"])
def test_a_retention_that_is_no_number_of_days_is_a_sentence(monkeypatch, days):
    monkeypatch.setenv("LEADLIGHT_RETENTION_DAYS", days)

    with pytest.raises(ServiceError, match="LEADLIGHT_RETENTION_DAYS is not a number of days from 1 to 36500"):
        Settings.from_environment()


def test_a_backup_goes_and_comes_back(sqlite_settings, monkeypatch, tmp_path):
    monkeypatch.setenv("LEADLIGHT_HOME", str(sqlite_settings.home))
    monkeypatch.delenv("LEADLIGHT_DATABASE_URL", raising=False)
    with Store.open(sqlite_settings) as store, store.transaction() as at:
        at.leads.put(Lead("L-1"))
        at.leads.put(Lead("L-2"))
    output = run(backup, str(tmp_path / "copy.db"))
    run(forget, "--lead", "L-1", "--yes")

    assert "The copy is complete; its audit has 2 lines" in output
    assert run(restore, str(tmp_path / "copy.db"), typed="n\n").startswith("Abort")
    output = run(restore, str(tmp_path / "copy.db"), "--yes")
    assert "1 lead(s) deleted since the backup were deleted again" in output and "leadlight.db.before-" in output
    assert ids(sqlite_settings) == ["L-2"] and "The audit is intact: 4 lines" in run(verify_audit)
