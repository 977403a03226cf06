"""Is each answer of Odoo taken for what it is?"""

import pytest

from serving.crm.outbound.http_transport import Reply
from serving.crm.outbound.odoo_writer import OdooDialect


@pytest.mark.parametrize("body", [b"[]", b"{}", b"[[", b'[{"id": 8}]', b'[{"id": 7}, {"id": 8}]', b"[7]", b"[" * 9999])
def test_what_is_not_the_lead_is_none(body):
    assert OdooDialect().parse(Reply(200, {}, body), "7") is None


def test_a_missing_lead_is_not_a_wrong_address():
    missing, elsewhere = b'{"name": "odoo.exceptions.MissingError"}', b"<html>"

    assert OdooDialect().is_missing(Reply(404, {}, missing)) and not OdooDialect().is_missing(Reply(404, {}, elsewhere))
