"""Is an index that was merged on disk the one that would be built in memory?"""

import resource
from pathlib import Path

import numpy as np
import pytest

from features.arrays.index_files import merge_entries, open_index, write_entries
from features.arrays.point_in_time_index import PointInTimeIndex

START = np.datetime64("2026-01-01", "us")


@pytest.mark.parametrize("repeated", [False, True])
@pytest.mark.parametrize("entries", [0, 1, 5_000])
def test_merged_parts_are_the_index_of_all_entries(tmp_path, entries, repeated):
    draw = np.random.default_rng(1)
    keys = draw.integers(0, 2**64, 2_000, dtype=np.uint64)[draw.integers(0, 2_000, entries)]
    keys[::50] = 0
    times = START + draw.integers(0, 10**12, entries).astype("timedelta64[us]")
    times[::70] = np.datetime64("NaT", "us")
    until = START + np.timedelta64(5 * 10**11, "us")
    folders = []
    for number, rows in enumerate(np.array_split(np.arange(entries), 3)):
        folders.append(tmp_path / str(number))
        folders[-1].mkdir()
        write_entries(folders[-1], "phones", keys[rows], times[rows])

    count = merge_entries(folders, "phones", tmp_path / "merged", until, repeated)

    expected = PointInTimeIndex.of(keys[times <= until], times[times <= until])
    expected = expected.keep_repeated_keys() if repeated else expected
    found = open_index(tmp_path / "merged")
    assert count == len(expected)
    for name in ("keys", "starts", "times"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    asked = START + draw.integers(0, 10**12, entries).astype("timedelta64[us]")
    np.testing.assert_array_equal(found.count_before(keys, asked), expected.count_before(keys, asked))


def test_more_parts_than_a_process_may_have_files_open(tmp_path):
    folders = [tmp_path / f"{number}" for number in range(80)]
    for number, folder in enumerate(folders):
        folder.mkdir()
        write_entries(folder, "phones", np.array([number + 1, 2**63], np.uint64), np.array([START, START]))
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    in_use = len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").exists() else 64
    resource.setrlimit(resource.RLIMIT_NOFILE, (in_use + 60, limits[1]))

    try:
        count = merge_entries(folders, "phones", tmp_path / "merged")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)

    assert count == 160 and open_index(tmp_path / "merged").keys.tolist() == [*range(1, 81), 2**63]
