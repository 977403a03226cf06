"""Has a source the same raw tables, whether it is a folder, one file, a database or frames in memory?"""

import sqlite3

import pandas as pd
import pytest

from features.chunks.chunked_tables import read_in_chunks
from features.errors import MappingError
from features.joins.source_tables import read_raw_tables
from features.mapping.column_mapping import Mapping
from features.practice.practice import Practice
from training.progress import ignore_progress

LEADS = pd.DataFrame({"lead_id": ["L1", "L2"], "channel": ["chat", "referral"]})
EVENTS = pd.DataFrame({"lead_id": ["L1"], "occurred_at": ["2026-03-01T10:00:00Z"], "kind": ["sms_in"]})


def test_a_folder_a_database_and_frames_name_the_same_tables(tmp_path):
    (tmp_path / "data").mkdir()
    with sqlite3.connect(tmp_path / "practice.db") as database:
        for name, frame in {"leads": LEADS, "events": EVENTS}.items():
            frame.to_csv(tmp_path / "data" / f"{name}.csv", index=False)
            frame.to_sql(name, database, index=False)
    sources = [tmp_path / "data", f"sqlite:///{tmp_path / 'practice.db'}", {"events": EVENTS, "leads": LEADS}]

    raws = [read_raw_tables(source, Mapping.identity(), ignore_progress, False) for source in sources]

    assert [list(raw.frames) for raw in raws] == [["leads", "events"]] * 3
    assert [raw.frames["leads"].frame.to_dict("list") for raw in raws] == [LEADS.to_dict("list")] * 3


def test_a_frame_that_lacks_a_mapped_column_is_refused_by_its_table():
    mapping = Mapping.from_dict({"version": 1, "leads": {"channel": "Chanel"}})

    with pytest.raises(MappingError, match=r"frame of leads[^?]*Did you mean 'channel'\?"):
        read_raw_tables(LEADS, mapping, ignore_progress, False)


def test_frames_are_one_chunk_of_leads_to_score():
    with read_in_chunks({"leads": LEADS, "events": EVENTS}, practice=Practice()) as chunks:
        assert [len(tables.leads) for tables in chunks] == [2] and "2 rows" in chunks.report()
