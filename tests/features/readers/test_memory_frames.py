"""Are frames in memory read as the same rows saved in a file are?"""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from features.errors import DataError
from features.readers.memory_frames import get_frames, read_memory_frames
from features.readers.raw_files import read_frame
from features.tables.tables import read_tables


def test_every_dtype_is_read_as_parquet_of_the_same_frame_is(tmp_path):
    times = pd.to_datetime(["2026-03-01 10:00", None, "2026-03-02 09:30"])
    frame = pd.DataFrame(
        {
            "text": ["a", None, "c"],
            "whole": pd.array([1, None, 3], dtype="Int64"),
            "number": [1.5, np.nan, 2.0],
            "yes": pd.array([True, None, False], dtype="boolean"),
            "naive": times,
            "aware": times.tz_localize("America/New_York"),
            "day": [dt.date(2026, 3, 1), None, dt.date(2026, 3, 2)],
            "several": [["x", "y"], None, ["z"]],
        }
    )
    frame.to_parquet(tmp_path / "leads.parquet", index=False)

    from_file, in_memory = read_frame(tmp_path / "leads.parquet").frame, read_memory_frames({"leads": frame})["leads"]

    pd.testing.assert_frame_equal(in_memory.frame, from_file)
    assert in_memory.rows.tolist() == [1, 2, 3]


def test_a_folder_and_its_frames_are_the_same_tables(demo_folder, demo_tables, demo_practice):
    frames = {name: pd.read_parquet(demo_folder / f"{name}.parquet") for name in ("leads", "events", "outcomes")}

    tables = read_tables(frames, practice=demo_practice)

    for name in frames:
        pd.testing.assert_frame_equal(getattr(tables, name), getattr(demo_tables, name))


def test_the_index_is_read_where_it_is_called_lead_id_and_ignored_elsewhere():
    leads = pd.DataFrame({"channel": ["chat", "referral"]}, index=pd.Index(["L7", "L9"], name="lead_id"))

    named = read_memory_frames({"leads": leads})["leads"].frame
    other = read_memory_frames({"leads": leads.rename_axis("row")})["leads"].frame

    assert named["lead_id"].tolist() == ["L7", "L9"] and list(other) == ["channel"]


def test_headers_are_cleaned_as_in_files_and_values_of_several_types_stay_what_they_are():
    frame = pd.DataFrame([[1, "x", 2.5], ["two", None, None]], columns=[" Source ", "Email", "Email"])

    raw = read_memory_frames({"leads": frame})["leads"]

    assert list(raw.frame) == ["Source", "Email", "Email (2)"] and raw.frame["Source"].tolist() == [1, "two"]
    assert raw.notes == ("frame of leads: 'Email' heads 2 columns; one is called 'Email (2)'.",)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"lead": pd.DataFrame()}, "there is no table 'lead'. Did you mean 'leads'?"),
        ({"events": pd.DataFrame()}, "no table leads; events was given"),
        ({"leads": [1, 2]}, "leads is a list, expected a pandas DataFrame"),
        ([1, 2], "found a list, expected a path"),
    ],
)
def test_what_is_no_frame_of_leads_is_refused_in_words(source, message):
    with pytest.raises(DataError, match=r"frames: ") as refusal:
        get_frames(source)

    assert message in str(refusal.value)
