"""Are dates in Chinese, Japanese and Korean signs the same moments as in digits?"""

from datetime import UTC

import numpy as np
import pytest

from features.parsing.dates.asian_dates import write_asian_date
from features.parsing.dates.timestamps import parse_time


@pytest.mark.parametrize(
    "text, moment",
    [
        ("2025年3月4日 15時02分", "2025-03-04T15:02"),
        ("2025/3/4 下午 03:02", "2025-03-04T15:02"),
        ("2025-03-04 오전 12:05:09", "2025-03-04T00:05:09"),
        ("2025年03月04日（火）午後3時2分05秒", "2025-03-04T15:02:05"),
        ("2025年3月4日 15:02", "2025-03-04T15:02"),
        ("2025年3月4日", "2025-03-04T00:00"),
        ("2025年12月31日 下午11点59分", "2025-12-31T23:59"),
        ("2025年12月31日 上午12:05", "2025-12-31T00:05"),
        ("2025년 3월 4일 15시 2분", "2025-03-04T15:02"),
        ("2025년 3월 4일 (화) 오전 9:05", "2025-03-04T09:05"),
        ("2025년 3월 4일 오후 3시", "2025-03-04T15:00"),
        ("2025年3月4日 午後0時30分", "2025-03-04T12:30"),
        ("2025/3/4 午後 0:30", "2025-03-04T12:30"),
        ("2025年3月4日 凌晨12:30", "2025-03-04T00:30"),
    ],
)
def test_a_date_in_signs_is_read(text, moment):
    time, bad = parse_time(text, UTC)[:2]

    assert not bad and time == np.datetime64(moment, "us")


@pytest.mark.parametrize(
    "text",
    ["2025年の春", "2025年3月4日ごろ", "13年3月", "3 Jahre", "2025年13月4日"]
    + ["2025年3月4日 午前13時", "2025年3月4日 晚上12点", "2025/3/4 晚上 12:30"],
)
def test_what_is_no_date_is_bad(text):
    assert parse_time(text, UTC)[1]


def test_other_texts_stay_as_they_are():
    assert [write_asian_date(text) for text in ("3/4/2025 8:05", "月曜日", "")] == ["3/4/2025 8:05", "月曜日", ""]
