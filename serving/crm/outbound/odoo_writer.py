"""How does a score get into Odoo? As fields of ``crm.lead``, by its JSON-2 API (Odoo 19 and later).

Lives here: the requests, and what their answers mean. Does not live here: the order of a delivery
(``record_channel``), the webhook that brings a lead (``serving.crm.inbound.product_payloads``).

The fields are made once, in Odoo's Studio or under Technical > Fields: ``x_leadlight_score`` a whole number,
``x_leadlight_probability`` a float, the others texts.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from serving.crm.outbound.http_transport import Reply, Requests

__all__ = ["OdooDialect"]

_LEAD_ID = re.compile(r"[1-9][0-9]{0,17}")
_PATH = "/json/2/crm.lead/"


class OdooDialect:
    """Odoo's names and requests.

    >>> OdooDialect().name_field("reason_1"), OdooDialect().is_record("7"), OdooDialect().is_record("7,8")
    ('x_leadlight_reason_1', True, False)
    """

    destination = "odoo"

    def is_record(self, lead_id: str) -> bool:
        """Whether this is a number, as Odoo's ids are."""
        return _LEAD_ID.fullmatch(lead_id) is not None

    def name_field(self, name: str) -> str:
        """Return the field of ``crm.lead``; fields that people add begin with x_."""
        return f"x_leadlight_{name}"

    def read(self, requests: Requests, lead_id: str, fields: Sequence[str]) -> Reply:
        """Read a lead."""
        return requests.send("POST", _PATH + "read", {"ids": [int(lead_id)], "fields": list(fields)})

    def write(self, requests: Requests, lead_id: str, values: Mapping[str, Any]) -> Reply:
        """Write a lead."""
        return requests.send("POST", _PATH + "write", {"ids": [int(lead_id)], "vals": dict(values)})

    def parse(self, reply: Reply, lead_id: str) -> Mapping[str, Any] | None:
        """Return the one lead in the list; an archived or deleted one is not in it."""
        try:
            rows = json.loads(reply.body)
        except (ValueError, RecursionError):
            return None
        is_lead = isinstance(rows, list) and len(rows) == 1 and isinstance(rows[0], dict)
        return rows[0] if is_lead and rows[0].get("id") == int(lead_id) else None

    def is_missing(self, reply: Reply) -> bool:
        """Whether Odoo says MissingError; a 404 without it is a wrong address."""
        return reply.status == 404 and "MissingError" in str(reply.parse_object().get("name"))
