"""Does the profile of an export find what a careful person would, and give the reason?"""

import tomllib

import numpy as np
import pandas as pd
import pytest

from features.errors import DataError
from features.mapping.column_mapping import Mapping
from features.parsing.scalars import MISSING
from features.profiling.export_profile import profile_export
from features.profiling.labels.label_detection import guess_label
from features.profiling.leakage_detection import measure_evidence
from features.profiling.mapping_document import render_document
from features.readers.frame_writer import write_frame
from features.tables.tables import read_tables


def export(leads=600, seed=3):
    """Return an invented export with every trap: prompts, constants, ids, personal data, staff, copies, leaks."""
    random = np.random.default_rng(seed)
    booked = random.random(leads) < 0.3
    visits = random.poisson(np.where(booked, 4, 2))
    source = random.choice(["Google", "google", "Bing", "Direct"], leads, p=[0.5, 0.02, 0.2, 0.28])
    return pd.DataFrame(
        {
            "Lead Number": np.arange(9000, 9000 - leads, -1),
            "Lead Source": source,
            "Referral Code": [f"code {value}" for value in source],
            "City": random.choice(["Boston", "Salem", "Select"], leads),
            "Interest": random.choice(["Knee", "Back", "Select"], leads),
            "Total Visits": visits,
            "Do Not Call": random.choice(["Yes", "No"], leads),
            "Full Name": [f"Person {i % 91}" for i in range(leads)],
            "Emergency Contact": [f"p{i}@example.org" for i in range(leads)],
            "Lead Owner": random.choice(["rep one", "rep two"], leads),
            "Patient Age": random.integers(18, 90, leads),
            "Newsletter": "No",
            "campaign": random.integers(1, 5, leads),
            "Call Duration": random.integers(10, 600, leads) + 100 * booked,
            "Package": np.where(booked, random.choice(["gold", "silver"], leads), "none yet"),
            "Visit Room": np.where(booked, random.choice(["1a", "2b"], leads), ""),
            "Converted": np.where(booked, "Yes", "No"),
        }
    )


@pytest.fixture(scope="module")
def profile_and_path(tmp_path_factory):
    """Return the profile of that export, and its file."""
    path = tmp_path_factory.mktemp("export") / "export.csv"
    write_frame(export(), path)
    return profile_export(path), path


def roles(profile):
    """Return column -> its proposed role."""
    return {finding.column: finding.role for finding in profile.findings}


def reason_of(profile, column):
    """Return the reason for a column's role."""
    return next(finding.reason for finding in profile.findings if finding.column == column)


def test_each_column_finds_its_role(profile_and_path):
    profile, _ = profile_and_path

    assert roles(profile) == {
        "Lead Number": "our lead_id",
        "Lead Source": "our source",
        "Referral Code": "left out",
        "City": "custom category",
        "Interest": "custom category",
        "Total Visits": "custom number",
        "Do Not Call": "our do_not_contact",
        "Full Name": "left out",
        "Emergency Contact": "left out",
        "Lead Owner": "left out",
        "Patient Age": "left out",
        "Newsletter": "left out",
        "campaign": "custom number",
        "Call Duration": "left out",
        "Package": "left out",
        "Visit Room": "left out",
        "Converted": "label",
    }


@pytest.mark.parametrize(
    "column, reason",
    [
        ("Referral Code", "a copy of 'Lead Source'"),
        ("Full Name", "personal data (names of persons: its header says so)"),
        ("Emergency Contact", "distinct values are e-mail addresses"),
        ("Lead Owner", "about staff"),
        ("Patient Age", "barred: age"),
        ("Newsletter", "constant"),
        (
            "Call Duration",
            "suspect, may be known only after contact or outcome: "
            "a call's length is known only after the call; alone it predicts",
        ),
        (
            "Package",
            "suspect, may be known only after contact or outcome: alone it predicts the label with AUC 1.00",
        ),
        ("Visit Room", "it is known only on the day of the visit; alone it predicts the label with AUC 1.00"),
        ("Lead Source", "'google' ("),
    ],
)
def test_each_reason_has_its_figure(profile_and_path, column, reason):
    assert reason in reason_of(profile_and_path[0], column)


def test_the_label_the_order_and_the_prompts_are_found(profile_and_path):
    mapping = profile_and_path[0].mapping

    assert (mapping.label_column, mapping.booked, mapping.not_booked) == ("Converted", ("Yes",), ("No",))
    assert (mapping.order_by, mapping.order_newest_first) == ("Lead Number", False)
    assert mapping.missing == ("Select",)


def test_the_proposal_is_usable_as_it_is(profile_and_path):
    profile, path = profile_and_path

    mapping = Mapping.from_dict(tomllib.loads(render_document(profile)))
    tables = read_tables(path, mapping)

    assert mapping == profile.mapping
    assert len(tables.leads) == 600
    assert set(tables.custom) == {"custom:City", "custom:Interest", "custom:Total Visits", "custom:campaign"}
    assert tables.leads["custom:City"].isna().any()
    assert tables.order.is_monotonic_decreasing


def test_the_proposal_explains_itself_and_asks_to_be_checked(profile_and_path):
    text = render_document(profile_and_path[0])

    assert "Every line is a guess: please check it" in text
    assert "it falls in 100.0% of the steps down the file" in text
    assert "'Select' is in 2 columns and reads like an unanswered prompt" in text
    assert "No column with the time of the inquiry was found" in text
    assert "example.org" not in text
    assert "Person 1" not in text


def test_the_table_has_a_row_for_every_column(profile_and_path):
    rows = profile_and_path[0].to_rows()

    assert len(rows) == 17
    assert rows[3] == ("City", "67%", "2", "custom category", rows[3][4])


def test_odd_headers_survive_the_toml(tmp_path):
    frame = pd.DataFrame({'a "quoted" one': ["x", "y"] * 5, "dots.and = signs": range(10), "# hash]": ["p", "q"] * 5})
    write_frame(frame, tmp_path / "odd.csv")

    profile = profile_export(tmp_path / "odd.csv")

    assert Mapping.from_dict(tomllib.loads(render_document(profile))) == profile.mapping


def test_a_dated_export_is_recognised_and_needs_no_order(tmp_path):
    frame = pd.DataFrame(
        {
            "Record ID": range(40),
            "Create Date": [f"{i % 28 + 1}/03/2026 10:00" for i in range(40)],
            "Notes": ["long talk about knees"] * 40,
        }
    )
    write_frame(frame, tmp_path / "dated.csv")

    mapping = profile_export(tmp_path / "dated.csv").mapping

    assert mapping.leads == {"lead_id": "Record ID", "created_at": "Create Date"}
    assert mapping.day_first is True
    assert mapping.order_by is None


def test_a_header_whose_values_do_not_match_is_not_mapped(tmp_path):
    frame = pd.DataFrame(
        {
            "created at": ["north", "south"] * 20,
            "id": ["a"] * 40,
            "latitude": [300 + i for i in range(40)],
            "insurance": range(40),
        }
    )
    write_frame(frame, tmp_path / "liar.csv")

    mapping = profile_export(tmp_path / "liar.csv").mapping

    assert mapping.leads == {}


def test_an_export_without_rows_or_label_still_gets_a_profile(tmp_path):
    (tmp_path / "bare.csv").write_text("lead_id,source\n")

    profile = profile_export(tmp_path / "bare.csv")

    assert profile.label is None
    assert "no rows" in render_document(profile)
    assert "NO LABEL WAS FOUND" in render_document(profile)


def test_a_missing_file_gets_one_message(tmp_path):
    with pytest.raises(DataError, match="there is no file"):
        profile_export(tmp_path / "absent.csv")


@pytest.mark.parametrize(
    "header, values, booked, not_booked",
    [
        ("Converted", ["1", "0", "0"], ("1",), ("0",)),
        ("No-show", ["Yes", "No", "No"], ("No",), ("Yes",)),
        ("y", ["yes", "no", "no"], ("yes",), ("no",)),
        ("Outcome", ["Booked", "Not booked", "Booked"], ("Booked",), ("Not booked",)),
        ("target", ["alpha", "beta", "beta"], ("alpha",), ("beta",)),
        ("Lead Status", ["Booked", "Lost", "Open", "Attended"], ("Booked", "Attended"), ("Lost",)),
    ],
)
def test_the_label_and_its_success_are_guessed(header, values, booked, not_booked):
    guess = guess_label(pd.DataFrame({header: values}), MISSING)

    assert (guess.booked, guess.not_booked) == (booked, not_booked)


def test_the_failure_in_a_header_is_explained():
    guess = guess_label(pd.DataFrame({"No-show": ["Yes", "No", "No"]}), MISSING)

    assert "'Yes' there means did NOT come, so 'No' is the success" in guess.reason


def test_evidence_is_honest_about_noise_and_needs_both_classes():
    random = np.random.default_rng(5)
    label = (random.random(2000) < 0.3).astype(float)

    noise = measure_evidence(random.random(2000), "number", label, MISSING)
    many_levels = measure_evidence(
        pd.Series([f"u{i}" for i in random.integers(0, 900, 2000)]), "category", label, MISSING
    )
    one_class = measure_evidence(random.random(2000), "number", np.zeros(2000), MISSING)

    assert abs(noise.auc - 0.5) < 0.06
    assert abs(many_levels.auc - 0.5) < 0.06
    assert noise.reason is None
    assert np.isnan(one_class.auc)
    assert one_class.reason is None


def test_dates_with_the_day_or_the_month_first_are_written_down_as_they_were_read(tmp_path):
    days = [f"{1 + i % 28:02d}/{1 + i % 12:02d}/2026 09:{i % 60:02d} AM" for i in range(120)]
    (tmp_path / "crm.csv").write_text(
        "Record ID,Create Date,Outcome\n"
        + "\n".join(f"{i},{day},{'Won' if i % 3 else 'Lost'}" for i, day in enumerate(days))
    )

    proposed = render_document(profile_export(tmp_path / "crm.csv"))

    assert "day_first = true #" in proposed
    assert Mapping.from_dict(tomllib.loads(proposed)).day_first is True


def test_a_header_of_something_later_is_a_question_where_no_label_can_bear_it_out(tmp_path):
    rows = [f"A{n},2026-01-{1 + n % 28:02},{('Price', 'Distance', '')[n % 3]},Radio" for n in range(60)]
    (tmp_path / "export.csv").write_text("\n".join(["Lead ID,Created,Lost reason,Source", *rows]) + "\n")

    profile = profile_export(tmp_path / "export.csv")

    reasons = {finding.column: finding.reason for finding in profile.findings}
    assert profile.label is None
    assert "QUESTION: is it known when the lead arrives?" in reasons["Lost reason"]
    assert "QUESTION" not in reasons["Source"]


@pytest.mark.parametrize("is_late", [True, False])
def test_an_answer_filled_by_the_outcome_is_no_message_whatever_its_question(tmp_path, is_late):
    """The header is that of a form, but only leads that did not book have an answer; otherwise it is a message."""
    booked = [number % 3 == 0 for number in range(300)]
    texts = [f"my knee number {number} hurts a lot since the fall" for number in range(300)]
    frame = pd.DataFrame(
        {
            "Lead ID": [f"L{number:04}" for number in range(300)],
            "Created": [f"2025-{1 + number // 28:02}-{1 + number % 28:02}" for number in range(300)],
            "Tell us what stopped you": [
                "" if is_late and won else text for won, text in zip(booked, texts, strict=True)
            ],
            "What brings you in?": texts[::-1],
            "Status": ["Booked" if won else "Lost" for won in booked],
        }
    )
    frame.to_csv(tmp_path / "form.csv", index=False)

    profile = profile_export(tmp_path / "form.csv")

    roles = {finding.column: finding.role for finding in profile.findings}
    if is_late:
        assert profile.mapping.leads["message"] == "What brings you in?"
        assert roles["Tell us what stopped you"] == "left out"
    else:
        assert profile.mapping.leads["message"] == "Tell us what stopped you"


def test_a_column_that_only_tells_which_leads_are_open_is_left_out(tmp_path):
    stage = np.resize(["Booked", "Lost", "Lost", "New"], 200)
    columns = {
        "Stage": stage,
        "is_open": np.where(stage == "New", 1, 0),
        "Tier": np.resize(["gold", "base", "base"], 200),
    }
    write_frame(pd.DataFrame({"Lead ID": np.arange(200) + 300} | columns), tmp_path / "deals.csv")

    mapping = profile_export(tmp_path / "deals.csv").mapping

    assert (
        mapping.leave_out["is_open"] == "every decided lead has the same value, so it only tells which leads are open"
    )
    assert "Tier" in mapping.custom


def test_sentences_that_nobody_can_place_are_asked_about(tmp_path):
    texts = [f"the big red door number {number} stands near a green gate" for number in range(80)]
    write_frame(pd.DataFrame({"Lead ID": np.arange(80) + 300, "Long answer": texts}), tmp_path / "leads.csv")

    (doubt,) = [text for text in profile_export(tmp_path / "leads.csv").date_doubts if "Long answer" in text]

    assert doubt.startswith("QUESTION: is 'Long answer' what the person wrote?")


def test_a_message_that_only_its_sentences_tell_is_to_be_checked(tmp_path):
    texts = [f"Hi, I need to see someone about my knee, {number} weeks now" for number in range(60)]
    reasons = {}
    for header in ("Q5", "Message"):
        write_frame(pd.DataFrame({"Source": ["Ads", "Web"] * 30, header: texts}), tmp_path / "leads.csv")
        profile = profile_export(tmp_path / "leads.csv")
        reasons[header] = next(row.reason for row in profile.findings if row.role == "our message")

    assert "PLEASE CHECK that the person wrote it" in reasons["Q5"]
    assert "PLEASE CHECK" not in reasons["Message"]
