"""Are the headers of our columns written as headers are compared, and none of a column that we do not have?"""

import pytest

from features.mapping.column_headers import COLUMN_HEADERS
from features.schema import LEADS


def test_every_column_is_one_of_ours():
    assert set(COLUMN_HEADERS) <= set(LEADS.by_name)


@pytest.mark.parametrize("column", COLUMN_HEADERS)
def test_headers_are_in_lower_case_with_single_spaces_and_each_once(column):
    headers = COLUMN_HEADERS[column]

    assert all(header == " ".join(header.casefold().split()) != "" for header in headers)
    assert len(set(headers)) == len(headers)


def test_the_column_of_an_inquiry_is_known_by_the_header_that_products_give_it():
    assert "createdon" in COLUMN_HEADERS["created_at"] and "insurance carrier" in COLUMN_HEADERS["payer"]
