"""Are leads told from the answers of an API that hold them?"""

from pathlib import Path

import pytest

from features.readers.json_records import find_records

LINES = Path("leads.jsonl")


@pytest.mark.parametrize(
    "lead",
    [
        {"LeadId": 1, "items": [{"x": 1}], "Status": "Booked"},
        {"lead_id": 1, "contacts": [{"x": 1}]},
        {"name": "x", "answers": [{"q": 1}]},
    ],
)
def test_a_lead_with_a_list_of_its_own_is_no_answer_of_an_api(lead):
    assert find_records(LINES, [lead, lead], []) == [lead, lead]


@pytest.mark.parametrize(
    "page",
    [
        {"results": [{"id": 1}], "paging": {"next": {"after": "9"}}},
        {"records": [{"id": 1}], "totalSize": 9, "done": False, "nextRecordsUrl": "/x"},
        {"data": [{"id": 1}], "has_more": True, "total_count": 9},
        {"@odata.context": "x", "value": [{"id": 1}]},
    ],
)
def test_pages_of_an_api_give_their_records(page):
    assert find_records(LINES, [page, page], []) == [{"id": 1}, {"id": 1}]
