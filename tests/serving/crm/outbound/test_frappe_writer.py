"""Is each answer of Frappe taken for what it is?"""

import pytest

from serving.crm.outbound.frappe_writer import FrappeDialect
from serving.crm.outbound.http_transport import Reply


@pytest.mark.parametrize("body", [b"[]", b"{}", b"[[", b'{"data": []}', b'{"data": {"name": "L-8"}}'])
def test_what_is_not_the_lead_is_none(body):
    assert FrappeDialect().parse(Reply(200, {}, body), "L-7") is None


def test_a_missing_lead_is_not_a_wrong_address():
    missing, elsewhere = b'{"exc_type": "DoesNotExistError"}', b"<html>"

    assert FrappeDialect().is_missing(Reply(404, {}, missing))
    assert not FrappeDialect().is_missing(Reply(404, {}, elsewhere))
