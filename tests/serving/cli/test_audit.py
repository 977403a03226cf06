"""Does the verb tell who changed and who saw a lead, and nothing about another?"""

from click.testing import CliRunner

from serving.cli.audit import audit
from serving.store.database.audit_chain import RecordRead
from serving.store.database.entities import Lead
from serving.store.store import Store


def run(*arguments) -> str:
    return CliRunner().invoke(audit, list(arguments), standalone_mode=False).output


def test_every_line_about_one_lead_is_told_also_after_it_is_forgotten(settings, monkeypatch):
    monkeypatch.setenv("LEADLIGHT_HOME", str(settings.home))
    monkeypatch.setenv("LEADLIGHT_DATABASE_URL", settings.database_url)
    with Store.open(settings) as store:
        with store.transaction("ab12cd34") as at:
            at.leads.put(Lead("L-1", {"channel": "phone"}))
            at.leads.put(Lead("L-2"))
        store.reads.record(RecordRead("anna", "read", "desk", ("L-1",)))
        store.reads.record(RecordRead("max", "exported", "desk", ("L-1", "L-2")))
        with store.transaction("command line") as at:
            at.forget("L-1")
        other = store.hasher.hash("L-2")[:16]

    everything, reads = run("--lead", "L-1"), run("--lead", "L-1", "--reads")

    assert [line.split()[1:3] for line in reads.splitlines()[:-1]] == [["anna", "read"], ["max", "exported"]]
    assert "lead_created" in everything and "ab12cd34" in everything and "count=2" in everything
    assert everything.splitlines()[-1].endswith("lines.") and other not in everything
    assert run("--lead", "L-9").strip() == "0 lines."
