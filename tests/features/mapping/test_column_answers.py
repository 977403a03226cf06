"""Are texts that usually mean an empty cell read as the mapping says, in a table, a chunk of it, and a payload?"""

from datetime import UTC

import pandas as pd
import pytest

from features.chunks.chunked_tables import read_in_chunks
from features.errors import MappingError
from features.mapping.column_answers import apply_answers
from features.mapping.column_mapping import Mapping
from features.tables.json_payload import convert_payload
from features.tables.tables import read_tables

MAPPING = Mapping.from_dict(
    {
        "version": 1,
        "leads": {"lead_id": "Id", "payer": "Insurance"},
        "custom": {"Allergies": "category"},
        "answers": {"Insurance": {"None": "No insurance"}, "Allergies": {"None": "(none)"}},
    }
)
LEADS = pd.DataFrame(
    {
        "Id": ["1", "2", "3", "4"],
        "Insurance": ["None", "Aetna", "", " none "],
        "Allergies": ["", "None", "Latex", "None"],
    }
)
PAYERS = ["No insurance", "Aetna", None, "No insurance"]
ALLERGIES = [None, "(none)", "Latex", "(none)"]


def test_a_table_its_chunks_and_a_payload_agree(tmp_path):
    LEADS.to_csv(tmp_path / "leads.csv", index=False)
    LEADS.to_parquet(tmp_path / "leads.parquet")

    whole = read_tables(tmp_path / "leads.csv", MAPPING).leads
    with read_in_chunks(tmp_path / "leads.parquet", MAPPING, leads_at_once=100) as chunks:
        parts = pd.concat([tables.leads for tables in chunks])
    kinds = {"payer": "category", "custom:Allergies": "category"}
    payloads = [convert_payload(row, kinds, UTC, MAPPING)[0] for row in LEADS.to_dict("records")]

    for leads in (whole, parts):
        assert leads["payer"].tolist() == PAYERS and leads["custom:Allergies"].tolist() == ALLERGIES
    assert [payload["payer"] for payload in payloads] == PAYERS
    assert [payload["custom:Allergies"] for payload in payloads] == ALLERGIES


def test_a_payload_with_our_names_means_the_same():
    assert convert_payload({"payer": "NONE"}, {"payer": "category"}, UTC, MAPPING)[0] == {"payer": "No insurance"}
    assert convert_payload({"payer": "none"}, {"payer": "category"}, UTC)[0] == {"payer": None}


def test_the_frame_itself_stays_as_it_is():
    apply_answers(LEADS, MAPPING.answers)

    assert LEADS["Insurance"].tolist() == ["None", "Aetna", "", " none "]


def test_the_section_is_kept_and_checked():
    assert Mapping.from_dict(MAPPING.to_dict()).answers == MAPPING.answers
    with pytest.raises(MappingError, match="answers.'Payer' is str, expected texts"):
        Mapping.from_dict({"version": 1, "answers": {"Payer": "None"}})
