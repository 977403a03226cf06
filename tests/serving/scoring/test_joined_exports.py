"""Does a folder of exports, joined by phone, score each lead by what was known at its time?"""

import pandas as pd
import pytest

from features.profiling.folder_profile import profile_folder
from serving.scoring.file_scores import ScoringOptions, score_file
from tests.features.joins.invented_folder import write_folder


@pytest.fixture(scope="module")
def mapped_folder(tmp_path_factory):
    """Leads, a call log with calls an hour after each inquiry at the earliest, an appointment list; the mapping."""
    folder = tmp_path_factory.mktemp("joined")
    truth = write_folder(folder)
    return folder, truth, profile_folder(folder).leads.mapping


def score(folder, mapping, bundle, at, out):
    """Return the probability of each lead."""
    options = ScoringOptions(at=at, as_trained=True)
    return score_file(str(folder), mapping, (bundle, "1"), options, out, lambda sentence: None)


def test_at_arrival_later_calls_and_visits_do_not_count_and_later_they_do(bundle, mapped_folder, tmp_path):
    folder, truth, mapping = mapped_folder
    early, later = (score(folder, mapping, bundle, at, tmp_path / "a.csv") for at in ("arrival", "latest"))

    calls = pd.read_csv(folder / "phone-log.csv", dtype=str)
    calls[calls["From"] == "Anonymous"].to_csv(folder / "phone-log.csv", index=False)
    try:
        without_calls = score(folder, mapping, bundle, "arrival", tmp_path / "b.csv")
    finally:
        calls.to_csv(folder / "phone-log.csv", index=False)

    assert (early == without_calls).all()
    called = [bool(times) for times in truth["calls"]]
    assert (early != later)[called].mean() > 0.9
