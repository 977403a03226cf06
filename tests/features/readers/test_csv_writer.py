"""Is it what pandas writes, to the byte, whatever the cells hold?"""

import io

import numpy as np
import pandas as pd
import pytest

from features.readers.csv_writer import write_csv

TEXTS = ["plain", "", "a, b", 'he said "now"', "two\nlines", "two\rlines", " spaces ", "'", "-", "=1+1", "ñ 😀", "NaN"]
NUMBERS = [0.1, -2.5e-7, 1e16, 12345678901234567.0, 3.0, 0.0, -0.0, np.nan, np.inf, -np.inf, 1e-4, 1 / 3]
DAYS = ["2026-03-01", "2026-03-01T10:00", None, "2026-03-01T10:00:00.25", *["2026-05-05"] * 8]
TIMES = pd.Series(np.array(DAYS, "datetime64[us]"))
FRAMES = {
    "texts": {"text": TEXTS, "again": TEXTS[::-1]},
    "objects": {"mixed": pd.Series([*TEXTS[:6], None, np.nan, True, 1, 1.0, pd.NaT], dtype=object), "number": NUMBERS},
    "numbers": {"number": NUMBERS, "small": np.float32(NUMBERS), "whole": range(12), "flag": [True, False] * 6},
    "known numbers": {"number": NUMBERS, "whole": range(12), "flag": [True, False] * 6},
    "times": {"naive": TIMES, "utc": TIMES.dt.tz_localize("UTC"), "name, quoted": TEXTS},
    "days": {"day": TIMES.dt.floor("D").dt.tz_localize("UTC"), "unknown": [pd.NaT] * 12},
    "one column": {"text": TEXTS},
    "one column of numbers": {"number": NUMBERS},
    "categories": {"category": pd.Categorical(TEXTS), "whole": pd.array([1, None] * 6, "Int64")},
}


def as_csv(frame: pd.DataFrame, header: bool = True) -> str:
    """What is written."""
    file = io.StringIO()
    write_csv(frame, file, header)
    return file.getvalue()


@pytest.mark.parametrize("name", FRAMES)
@pytest.mark.parametrize("header", [True, False])
def test_a_frame_is_written_as_pandas_writes_it(name, header):
    frame = pd.DataFrame(FRAMES[name])

    for rows in (frame, frame[:1], frame[:0]):
        assert as_csv(rows, header) == rows.to_csv(index=False, header=header)


def test_two_columns_of_one_name_are_both_written():
    frame = pd.DataFrame([["a", 1.5], ["b", 2.5]], columns=["same", "same"])

    assert as_csv(frame) == frame.to_csv(index=False)


def test_times_get_a_fraction_among_the_rows_that_pandas_takes_at_once():
    times = pd.date_range("2026-03-01", periods=70_000, freq="min").astype("datetime64[us]").to_series(name="time")
    times.iloc[-1] += pd.Timedelta("1us")
    frame = pd.DataFrame({"time": times, "rank": range(70_000)})

    text = as_csv(frame)

    assert text == frame.to_csv(index=False)
    assert "2026-03-01 00:01:00," in text and "2026-04-18 14:38:00.000000," in text
