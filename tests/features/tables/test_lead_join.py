"""Do events and outcomes find their lead, and is a table refused whose rows do not?"""

import pandas as pd
import pytest

from features.errors import DataError
from features.mapping.column_mapping import Mapping
from features.tables.tables import read_tables

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def salesforce_id(number):
    """Return a Salesforce id of 18 characters, made up."""
    short = f"00Q5g00000A{chr(97 + number % 26)}{number % 10}{chr(65 + number % 26)}{number // 26}"[:15].ljust(15, "x")
    groups = (short[5 * part : 5 * part + 5] for part in range(3))
    return short + "".join(LETTERS[sum(1 << i for i, letter in enumerate(five) if letter.isupper())] for five in groups)


def practice(folder, lead_ids, outcome_ids):
    """Write a practice with one lead and one outcome for each id."""
    days = pd.date_range("2026-01-01", periods=len(lead_ids), freq="h")
    pd.DataFrame({"lead_id": lead_ids, "created_at": days}).to_csv(folder / "leads.csv", index=False)
    outcomes = pd.DataFrame({"lead_id": outcome_ids, "occurred_at": "2026-03-01", "stage": "booked"})
    outcomes.to_csv(folder / "outcomes.csv", index=False)
    return folder


def test_a_salesforce_id_of_15_characters_is_the_record_of_its_18(tmp_path):
    ids = [salesforce_id(i) for i in range(100)]

    tables = read_tables(practice(tmp_path, ids, [one[:15] if i % 2 else one for i, one in enumerate(ids)]))

    assert len(set(ids)) == 100
    assert sorted(tables.outcomes["lead_id"]) == sorted(ids)
    assert "outcomes: 100 of 100 rows (100.0%) found their lead" in tables.report()


def test_a_lead_under_both_forms_of_its_id_is_one_lead(tmp_path):
    ids = [salesforce_id(i) for i in range(40)]

    tables = read_tables(practice(tmp_path, [*ids, ids[3][:15]], ids))

    assert tables.leads["lead_id"].tolist() == ids


def test_ids_that_differ_in_capitals_stay_two_records(tmp_path):
    ids = [salesforce_id(i) for i in range(40)]

    tables = read_tables(practice(tmp_path, ids, [*ids, ids[0][:15].swapcase()]))

    assert len(tables.outcomes) == 40


def test_eighteen_digits_are_no_id_of_salesforce(tmp_path):
    ids = [f"{123_456_789_012_345_000 + i}" for i in range(40)]

    tables = read_tables(practice(tmp_path, ids, ids))

    assert len(tables.leads) == 40


@pytest.mark.parametrize("scoring", [False, True])
def test_outcomes_with_other_ids_are_refused_with_both_forms(tmp_path, scoring):
    ids = [str(1000 + i) for i in range(100)]
    outcome_ids = [f"L-{one}" if i % 3 == 0 else one for i, one in enumerate(ids)]

    with pytest.raises(DataError, match=r"only 66 of 100 rows \(66.0%\) of outcomes .*'9999'.*'A-9999'"):
        read_tables(practice(tmp_path, ids, outcome_ids), scoring=scoring)


def test_the_mapping_can_allow_rows_without_a_lead(tmp_path):
    ids = [str(1000 + i) for i in range(100)]
    outcome_ids = [f"L-{one}" if i % 3 == 0 else one for i, one in enumerate(ids)]
    mapping = Mapping.from_dict({"version": 1, "file": {"allow_unmatched": True}})

    assert len(read_tables(practice(tmp_path, ids, outcome_ids), mapping).outcomes) == 66


def test_a_few_leads_may_be_scored_beside_the_outcomes_of_all(tmp_path):
    ids = [str(1000 + i) for i in range(400)]
    folder = practice(tmp_path, ids[:50], ids)

    assert len(read_tables(folder, scoring=True).outcomes) == 50
    with pytest.raises(DataError, match="the leads themselves seem to be missing"):
        read_tables(folder)


def test_new_leads_are_scored_beside_the_outcomes_of_earlier_ones(tmp_path):
    folder = practice(tmp_path, [str(1000 + i) for i in range(40)], [str(5000 + i) for i in range(510)])

    tables = read_tables(folder, scoring=True)

    assert len(tables.leads) == 40 and tables.outcomes.empty
    assert "outcomes: 0 of 510 rows (0.0%) found their lead" in tables.report()


def test_leads_of_which_hardly_any_finds_an_event_are_not_scored(tmp_path):
    ids = [str(1000 + i) for i in range(100)]
    folder = practice(tmp_path, ids, ids)
    events = pd.DataFrame({"lead_id": [str(5000 + i) for i in range(510)], "occurred_at": "2026-03-01"})
    events.assign(kind="inbound_call").to_csv(folder / "events.csv", index=False)

    with pytest.raises(DataError, match="only 0 of 510 rows .* Or these leads are new .* allow_unmatched = true"):
        read_tables(folder, scoring=True)

    mapping = Mapping.from_dict({"version": 1, "file": {"allow_unmatched": True}})
    assert read_tables(folder, mapping, scoring=True).leads["lead_id"].tolist() == ids
