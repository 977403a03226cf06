"""Are rows of events and outcomes rejected for their own faults, and those of other leads told apart?"""

import pandas as pd
import pytest

from features.errors import DataError, MappingError
from features.tables.tables import read_tables
from tests.support.lead_files import LEADS, folder_of, good_leads, mapping_of


def test_faults_between_tables_are_told_apart(tmp_path):
    folder = folder_of(
        tmp_path,
        leads=LEADS + "\n".join(good_leads(4)) + "\nlost,soon,Google,x,1\n",
        events="lead_id,occurred_at,kind\ng0,2026-03-03,chat\ng1,2026-03-03,chat\ng2,2026-03-03,chat\ng3,2026-03-03,chat\nlost,2026-03-03,chat\nstranger,2026-03-03,chat\ng0,soon,chat\ng0,2026-03-03,hologram\n",
        outcomes="lead_id,occurred_at,stage,recorded_at,reason\ng0,2026-03-05,lost,2026-03-04,Price\ng1,2026-03-05,booked,2026-03-06,whim\n",
    )

    tables = read_tables(folder)

    faults = {fault.problem_with_values: (fault.table, fault.example_row, fault.rejects) for fault in tables.faults}
    assert faults["belongs to a lead that was rejected"] == ("events", 5, True)
    assert faults["belongs to no lead of the leads table"] == ("events", 6, True)
    assert faults["is not a time, such as 2026-03-14 15:05"] == ("events", 7, True)
    assert faults["is not one of its allowed values ('hologram' 1 times)"] == ("events", 8, True)
    assert faults["is earlier than occurred_at"] == ("outcomes", 1, False)
    assert faults["is not one of its allowed values ('whim' 1 times)"] == ("outcomes", 2, False)
    one_day = pd.Timedelta(days=1)
    assert tables.outcomes["recorded_at"][0] == tables.outcomes["occurred_at"][0] + one_day
    assert tables.outcomes["reason"].tolist() == ["price", None]
    assert len(tables.events) == 4


def test_a_few_leads_can_be_scored_beside_the_events_of_all(tmp_path):
    events = "lead_id,occurred_at,kind\n" + "".join(f"s{i},2026-03-03,chat\n" for i in range(9))
    folder = folder_of(tmp_path, leads=LEADS + "g0,2026-03-01,Google,x,1\n", events=events)

    tables = read_tables(folder, scoring=True)

    assert len(tables.events) == 0
    with pytest.raises(DataError, match="9 of 9 rows cannot be used(.|\n)*belongs to no lead"):
        read_tables(folder)


def test_a_table_that_lacks_a_required_column_is_refused(tmp_path):
    folder = folder_of(
        tmp_path, leads=LEADS + "g0,2026-03-01,Google,x,1\n", events="lead_id,When,kind\ng0,2026-03-03,chat\n"
    )

    with pytest.raises(
        MappingError,
        match=r"1 required column\(s\) of events are missing. Name them under \[events\].(.|\n)*occurred_at",
    ):
        read_tables(folder)
    assert len(read_tables(folder, mapping_of(events={"occurred_at": "When"})).events) == 1
