"""Do the reports of all chunks say together what the whole tables say?"""

from functools import partial

import pytest

from features.chunks.chunk_reports import ChunkReports
from features.errors import DataError
from features.mapping.column_mapping import Mapping
from features.practice.practice import Practice
from features.readers.raw_files import read_frame
from features.tables.leads_table import decide_columns
from features.tables.tables import WholeTableFacts, validate_tables
from tests.support.lead_files import good_leads, leads_file


@pytest.fixture
def read_chunk(tmp_path):
    """Reads lines of leads as one chunk of a table."""

    def read(*lines):
        raw = read_frame(leads_file(tmp_path, *lines))
        mapping, _ = decide_columns(raw.frame, Mapping.identity(), scoring=True)
        validate = partial(validate_tables, {"leads": raw}, {"leads": "leads.csv"}, mapping, Practice())
        return validate(scoring=True, whole_table=WholeTableFacts())

    return read


def test_rows_and_faults_are_added_up(read_chunk):
    reports = ChunkReports()
    reports.add(read_chunk(*good_leads(3)))
    reports.add(read_chunk(*good_leads(2), "bad,no date,Google,hello,1"))

    faults, _ = reports.merge()["leads"]
    assert reports.count("leads") == 2 and reports.count("events") == 0
    assert [fault.rows for fault in faults] == [1] and "6" in reports.format(())
    reports.require_enough_rows({"leads": "leads.csv"}, False)


def test_too_much_that_was_lost_is_refused(read_chunk):
    reports = ChunkReports()
    reports.add(read_chunk(*good_leads(2), *(f"bad{i},no date,Google,hello,1" for i in range(9))))

    with pytest.raises(DataError, match="cannot be used, expected at least half"):
        reports.require_enough_rows({"leads": "leads.csv"}, False)
