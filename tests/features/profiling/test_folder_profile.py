"""Does the profile of a folder find which export is which, and ask what it cannot know?"""

import pandas as pd
import pytest

from features.errors import DataError
from features.profiling import export_profile, folder_profile
from features.profiling.folder_profile import profile_folder
from features.readers.raw_files import read_frame
from tests.features.joins.invented_folder import write_folder


@pytest.fixture
def folder(tmp_path):
    """Return a folder of three exports."""
    write_folder(tmp_path)
    return tmp_path


def test_each_export_is_recognized_by_its_values(folder):
    mapping = profile_folder(folder).leads.mapping

    assert mapping.leads_file == "enquiries.csv"
    calls, visits = mapping.joined["phone-log.csv"], mapping.joined["visits.csv"]
    assert calls.becomes == "events" and calls.keys == {"phone": "From"} and calls.columns["phone_called"] == "To"
    assert visits.becomes == "outcomes" and visits.keys == {"email": "Patient Email", "phone": "Mobile"}
    assert visits.columns["recorded_at"] == "Booked At" and visits.columns["time_of_day"] == "Visit Time"
    assert visits.attended == ("Completed",) and {*visits.booked} == {"No-Show", "Canceled"}


def test_the_share_is_said_for_each_key(folder):
    text = "\n".join(profile_folder(folder).lines)

    assert "rows (100.0%) found their lead" in text and " by e-mail" in text and " by phone" in text
    assert "each went to the newest that was created before it" in text


def test_an_unknown_status_is_a_question(folder):
    visits = pd.read_csv(folder / "visits.csv", dtype=str)
    visits.loc[:2, "Visit Status"] = "Code 7"
    visits.to_csv(folder / "visits.csv", index=False)

    lines = profile_folder(folder).lines

    assert any(line.startswith("QUESTION about visits.csv: does 'Code 7' mean") for line in lines)


def test_ids_that_two_systems_count_from_one_do_not_join(folder):
    leads = pd.read_csv(folder / "enquiries.csv", dtype=str)
    leads["Enquiry No"] = [str(i + 1) for i in range(len(leads))]
    leads.to_csv(folder / "enquiries.csv", index=False)
    visits = pd.read_csv(folder / "visits.csv", dtype=str)
    visits.insert(0, "Record No", [str(i + 1) for i in range(len(visits))])
    visits.to_csv(folder / "visits.csv", index=False)

    assert "lead_id" not in profile_folder(folder).leads.mapping.joined["visits.csv"].keys


def test_the_leads_own_ids_join_before_contacts(folder):
    leads = pd.read_csv(folder / "enquiries.csv", dtype=str)
    visits = pd.read_csv(folder / "visits.csv", dtype=str)
    by_phone = dict(zip(leads["Telephone"].str.replace(r"\D", "", regex=True), leads["Enquiry No"], strict=True))
    visits["CRM Record"] = visits["Mobile"].map(by_phone)
    visits.to_csv(folder / "visits.csv", index=False)

    assert profile_folder(folder).leads.mapping.joined["visits.csv"].keys["lead_id"] == "CRM Record"


def test_two_files_that_may_hold_the_leads_are_refused(folder):
    (folder / "more.csv").write_bytes((folder / "enquiries.csv").read_bytes())

    with pytest.raises(DataError, match="which file holds the leads"):
        profile_folder(folder)


def test_each_file_is_read_once(folder, monkeypatch):
    files = []

    def read_and_count(path, **options):
        files.append(path.name)
        return read_frame(path, **options)

    monkeypatch.setattr(folder_profile, "read_frame", read_and_count)
    monkeypatch.setattr(export_profile, "read_frame", read_and_count)

    profile_folder(folder)

    assert sorted(files) == sorted(path.name for path in folder.glob("*.csv"))
