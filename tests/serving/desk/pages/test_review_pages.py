"""Do the pages of what managers review say who said what, about which lead, and keep what people typed as text?"""

import pytest

from serving.accounts.sessions import SignedInUser
from serving.desk.disagreements import Disagreement, tally_disagreements
from serving.desk.message_label_reports import ReadingReport
from serving.desk.pages.review_pages import render_disagreements, render_reading_reports
from serving.store.database.entities import DeskStep

HOSTILE = "<script>alert(1)</script>"
MANAGER = SignedInUser("max", "Max", "manager", "csrf")


@pytest.fixture(scope="module")
def desk(make_desk, tmp_path_factory, champion, desk_data):
    return make_desk(tmp_path_factory.mktemp("reviewed"), champion, desk_data)


def test_a_disagreement_names_who_it_was_and_what_they_typed_is_text(desk):
    step = DeskStep("L-1", "anna", "grade", {"grade": "A", "reason": HOSTILE})
    entries = [Disagreement(step, None, "")]

    page = render_disagreements(
        desk.take_snapshot(), entries, tally_disagreements(entries), MANAGER, {"anna": f"Anna {HOSTILE}"}
    )

    assert "L-1" in page and "Anna &lt;script&gt;" in page and "No score yet" in page and "No result yet" in page
    assert HOSTILE not in page


def test_a_report_shows_the_message_as_text_and_the_verdict_with_who_gave_it(desk):
    step = DeskStep("L-1", "anna", "reading_wrong", {"label": "procedure", "answer": "no"})
    reports = [ReadingReport(step, "approved", "max", HOSTILE, False), ReadingReport(step, "", "", None, False)]

    page = render_reading_reports(desk.take_snapshot(), reports, MANAGER, {"max": "Max M."})

    assert "Approved by Max M." in page and HOSTILE not in page and "&lt;script&gt;" in page
    assert "No message any more" in page and page.count('value="approved"') == 1
