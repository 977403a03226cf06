"""Does the command count reports and print what they teach, and never a message?"""

from datetime import date

import pytest
from click.testing import CliRunner

from features.message_report import report_messages
from features.practice_file.practice_toml import read_practice
from serving.cli.readings import readings
from serving.settings import Settings
from serving.store.database.entities import DeskStep, Lead
from serving.store.store import Store

MESSAGE = "do you have a fax zubrowka"
DOUBTFUL = "reach me at the shop zubrowka"
"""A wish to be called that the reader does not see."""


@pytest.fixture
def store(tmp_path, monkeypatch):
    """A store with six leads whose reading was called wrong."""
    monkeypatch.setenv("LEADLIGHT_HOME", str(tmp_path))
    monkeypatch.delenv("LEADLIGHT_DATABASE_URL", raising=False)
    with Store.open(Settings(tmp_path)) as opened:
        for number in range(6):
            with opened.transaction("anna") as at:
                at.leads.put(Lead(f"L-{number}", {"message": MESSAGE}))
                at.leads.put(Lead(f"M-{number}", {"message": "my knee hurts, can I come in"}))
                report = DeskStep(f"L-{number}", "anna", "reading_wrong", {"label": "callback", "answer": "yes"}, None)
                at.desk.add(report)
        yield opened


def approve_all(store):
    """Approve every report."""
    with store.transaction("max") as at:
        for step in at.desk.list_recent(("reading_wrong",), 100):
            detail = {"report": step.number, "verdict": "approved"}
            at.desk.add(DeskStep(step.lead_id, "max", "reading_verdict", detail, None))


def test_reports_are_counted_by_label_and_verdict(store):
    answer = CliRunner().invoke(readings, ["list"])

    assert answer.exit_code == 0 and "callback             waiting        6" in answer.output


def test_approved_reports_teach_an_offset_and_no_message_is_printed(store):
    before = CliRunner().invoke(readings, ["fit"])
    approve_all(store)

    answer = CliRunner().invoke(readings, ["fit"])

    assert "no label that they would help" in before.output and "[labels]" not in before.output
    assert answer.exit_code == 0 and "6 examples" in answer.output and "F1 " in answer.output
    assert "zubrowka" not in answer.output + before.output and "knee" not in answer.output


def test_what_is_printed_can_stand_in_the_phrase_file(store, tmp_path):
    approve_all(store)
    lines = CliRunner().invoke(readings, ["fit"]).stdout
    (tmp_path / "phrases.toml").write_text(lines, encoding="utf-8")
    (tmp_path / "practice.toml").write_text('[practice]\nname = "Oak"\nphrases = "phrases.toml"\n', encoding="utf-8")

    again = CliRunner().invoke(readings, ["fit", "--practice", str(tmp_path / "practice.toml")])

    assert again.exit_code == 0, again.output


def test_what_helps_is_written_and_read_by_the_next_training(store, tmp_path):
    for number in range(6):
        with store.transaction("anna") as at:
            at.leads.put(Lead(f"N-{number}", {"message": DOUBTFUL}))
            report = DeskStep(f"N-{number}", "anna", "reading_wrong", {"label": "callback", "answer": "yes"}, None)
            at.desk.add(report)
    approve_all(store)
    practice_file = tmp_path / "practice.toml"
    practice_file.write_text('[practice]\nname = "Oak"\nphrases = "phrases.toml"\n', encoding="utf-8")
    practice_file.with_name("phrases.toml").write_text("# ours\n", encoding="utf-8")
    before = read_callback(practice_file)

    answer = CliRunner().invoke(readings, ["fit", "--practice", str(practice_file), "--write"])

    assert answer.exit_code == 0 and "Next: leadlight retrain --practice" in answer.output, answer.output
    assert read_callback(practice_file) > before and "# ours" in (tmp_path / "phrases.toml").read_text(encoding="utf-8")


def test_words_that_reports_share_are_learned_before_a_number_for_the_label(store, tmp_path):
    for number, place in enumerate("shop school office barn garage bakery church library station market".split()):
        with store.transaction("anna") as at:
            message = f"after five you will find me at the {place}, zubrowka"
            at.leads.put(Lead(f"W-{number}", {"message": message}))
            report = DeskStep(f"W-{number}", "anna", "reading_wrong", {"label": "callback", "answer": "yes"}, None)
            at.desk.add(report)
    approve_all(store)
    practice_file = tmp_path / "practice.toml"
    practice_file.write_text('[practice]\nname = "Oak"\nphrases = "phrases.toml"\n', encoding="utf-8")
    practice_file.with_name("phrases.toml").write_text("", encoding="utf-8")

    answer = CliRunner().invoke(readings, ["fit", "--practice", str(practice_file), "--write"])

    phrases = read_practice(practice_file).phrases
    assert answer.exit_code == 0 and "words" in answer.output and "standard error" in answer.output, answer.output
    assert set(phrases) == {"label_words"} and set(phrases["label_words"]) == {"callback"}
    assert "zubrowka" not in answer.output and "market" not in answer.output


def test_writing_needs_a_practice(store):
    answer = CliRunner().invoke(readings, ["fit", "--write"])

    assert answer.exit_code == 2 and "--write needs --practice" in answer.output


def read_callback(practice_file):
    """How probable it is, at this practice, that the message wants a call."""
    labels = report_messages([DOUBTFUL], read_practice(practice_file), date(2026, 3, 4))
    return float(labels["callback"][0])
