"""Is a contact that too many leads share left empty by what was known when the lead arrived, in all that scores?"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

import features.signals  # noqa: F401
from features.batch import Batch
from features.chunks.chunked_tables import read_in_chunks
from features.feature_matrix import compute_matrix
from features.point_in_time.chunked_context import ContextScan
from features.point_in_time.contact_index import SHARED_FROM
from features.point_in_time.context import Context
from features.point_in_time.outcomes import add_practice_records
from features.point_in_time.scoring_moments import Moments
from features.practice.practice import Practice
from features.registry import CATALOGUE
from features.tables.tables import Tables, read_tables
from training.dataset.training_context import build_training_context

DESK_PHONE, DESK_EMAIL = "617-555-0100", "desk@example.org"
SIGNALS = [
    CATALOGUE[name]
    for name in (
        "valid_phone",
        "valid_email",
        "ways_to_reach",
        "form_completeness",
        "earlier_enquiries",
        "role_email",
        "area_code_distance",
    )
]
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def write_leads(folder, leads=40, phone=DESK_PHONE):
    """Every second lead has the front desk's number and address in place of its own; two arrive at the same moment."""
    rows = ["lead_id,created_at,phone,email,channel"]
    for number in range(leads):
        at = START + timedelta(hours=12 * (number - (number == 31)))
        own = f"212-555-{1000 + number},person{number}@example.org"
        contact = f"{phone},{DESK_EMAIL}" if number % 2 else own
        rows.append(f"L{number:02},{at:%Y-%m-%dT%H:%MZ},{contact},web_form")
    (folder / "leads.csv").write_text("\n".join(rows) + "\n")
    return folder


def compute_by_lead(tables: Tables, context: Context) -> dict[str, list[float]]:
    """The features of each lead at its arrival."""
    arrivals = tables.leads["created_at"].dt.tz_localize(None).to_numpy("datetime64[us]")
    moments = Moments.single(arrivals)
    matrix = compute_matrix(Batch.from_tables(tables, moments.of_lead, moments.cutoff, context), SIGNALS)
    return dict(zip(tables.leads["lead_id"], matrix.tolist(), strict=True))


def keep(tables: Tables, mask) -> Tables:
    """Only these leads."""
    return replace(tables, leads=tables.leads[mask].reset_index(drop=True))


@pytest.fixture
def tables(tmp_path) -> Tables:
    return read_tables(write_leads(tmp_path), practice=Practice())


@pytest.fixture
def trained(tables) -> dict[str, list[float]]:
    return compute_by_lead(tables, build_training_context(tables, Practice(), "booked"))


def test_the_desks_own_number_is_a_contact_until_too_many_leads_had_it(trained):
    valid_phone = {lead: values[0] for lead, values in trained.items()}

    by_desk = [lead for lead in valid_phone if int(lead[1:]) % 2]
    assert [valid_phone[lead] for lead in by_desk[:SHARED_FROM]] == [1.0] * SHARED_FROM
    assert np.isnan([valid_phone[lead] for lead in by_desk[SHARED_FROM:]]).all()
    assert {valid_phone[lead] for lead in valid_phone if lead not in by_desk} == {1.0}
    # Nobody has inquired ten times: the count rises while the contact may be a person's, and then it is nobody's.
    assert [trained[lead][4] for lead in by_desk][:12] == [*range(10), 0, 0]


@pytest.mark.parametrize("position", [1, 18, 19, 21, 31, 39])
def test_a_lead_scored_alone_with_its_past_beside_it_has_the_values_of_training(tables, trained, position):
    arrivals = tables.leads["created_at"]
    past = keep(tables, (arrivals < arrivals[position]) | (tables.leads.index == position))

    values = compute_by_lead(past, add_practice_records(Context(), past, "booked"))

    np.testing.assert_array_equal(values[f"L{position:02}"], trained[f"L{position:02}"])


def test_later_leads_change_nothing(tables, trained):
    early = keep(tables, tables.leads.index < 25)

    values = compute_by_lead(early, build_training_context(early, Practice(), "booked"))

    for lead, row in values.items():
        np.testing.assert_array_equal(row, trained[lead])


def test_leads_that_are_scored_in_chunks_have_the_values_of_training(tmp_path, tables, trained):
    folder = tmp_path / "parts"
    folder.mkdir()
    raw = pd.read_csv(tmp_path / "leads.csv", dtype=str)
    raw.to_parquet(folder / "leads.parquet", row_group_size=8)

    values = {}
    with read_in_chunks(folder, leads_at_once=8) as chunks:
        scan = ContextScan(Context(), "booked")
        for chunk in chunks:
            scan.add(chunk)
        context, parts = scan.build_context(), list(chunks)
    for chunk in parts:
        values |= compute_by_lead(chunk, context)

    assert len(parts) > 2 and len(values) == 40
    for lead, row in values.items():
        np.testing.assert_array_equal(row, trained[lead])


def test_a_payload_has_the_values_of_training(tables, trained):
    context = add_practice_records(Context(), tables, "booked")
    kinds = {"created_at": "time", "phone": "text", "email": "text", "channel": "category"}

    for position in (19, 21, 38, 39):
        at = tables.leads["created_at"].dt.tz_localize(None).to_numpy("datetime64[us]")[position]
        lead = tables.leads.iloc[position]
        payload = {name: lead[name] for name in ("phone", "email", "channel")} | {"created_at": at, "cutoff": at}
        matrix = compute_matrix(Batch.from_payloads([payload], context, kinds, at), SIGNALS)

        np.testing.assert_array_equal(matrix[0], trained[f"L{position:02}"])


def test_what_too_many_leads_share_is_counted_in_the_report_and_not_quoted(tables):
    report = tables.report()

    for name in ("phone", "email"):
        assert f"leads.{name} is shared by 10 or more leads of the 30 days before and is no person's own" in report
    assert report.count("treated as missing in 10 rows") == 2
    assert DESK_PHONE not in report and DESK_EMAIL not in report


def test_a_number_of_ten_leads_in_a_year_is_one_persons_own(tmp_path):
    rows = [f"L{n},{START + timedelta(days=30 * n):%Y-%m-%dT%H:%MZ},{DESK_PHONE}" for n in range(14)]
    (tmp_path / "leads.csv").write_text("\n".join(["lead_id,created_at,phone", *rows]) + "\n")
    tables = read_tables(tmp_path)

    values = compute_by_lead(tables, add_practice_records(Context(), tables, "booked"))

    assert {row[0] for row in values.values()} == {1.0}
