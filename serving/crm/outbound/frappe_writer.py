"""How does a score get into Frappe CRM or ERPNext? As fields of a lead, by Frappe's REST API.

Lives here: the requests, and what their answers mean. Does not live here: the order of a delivery
(``record_channel``), the webhook that brings a lead (``serving.crm.inbound.product_payloads``).

The address names the kind of document: ``/api/resource/CRM%20Lead`` for Frappe CRM, ``/api/resource/Lead`` for ERPNext.
The fields are made once, under Customize Form: ``custom_leadlight_score`` an Int, ``custom_leadlight_probability`` a
Float, the others Small Text. The token is ``api_key:api_secret`` of a user who may write leads.
"""

import re
import urllib.parse
from collections.abc import Mapping, Sequence
from typing import Any

from serving.crm.outbound.http_transport import Reply, Requests

__all__ = ["FrappeDialect"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _-]{0,99}")


class FrappeDialect:
    """Frappe's names and requests.

    >>> FrappeDialect().name_field("grade"), FrappeDialect().is_record("CRM-LEAD-2026-00001")
    ('custom_leadlight_grade', True)
    """

    destination = "frappe"

    def is_record(self, lead_id: str) -> bool:
        """Whether this can be the name of a document, without dots and slashes."""
        return _NAME.fullmatch(lead_id) is not None

    def name_field(self, name: str) -> str:
        """Return the field; those that people add begin with custom_."""
        return f"custom_leadlight_{name}"

    def read(self, requests: Requests, lead_id: str, fields: Sequence[str]) -> Reply:
        """Read a lead."""
        return requests.send("GET", f"/{urllib.parse.quote(lead_id)}")

    def write(self, requests: Requests, lead_id: str, values: Mapping[str, Any]) -> Reply:
        """Write a lead: Frappe changes only the fields that are sent."""
        return requests.send("PUT", f"/{urllib.parse.quote(lead_id)}", dict(values))

    def parse(self, reply: Reply, lead_id: str) -> Mapping[str, Any] | None:
        """Return the document under ``data``."""
        document = reply.parse_object().get("data")
        return document if isinstance(document, dict) and document.get("name") == lead_id else None

    def is_missing(self, reply: Reply) -> bool:
        """Whether Frappe says DoesNotExistError; a 404 without it is a wrong address."""
        return reply.status == 404 and reply.parse_object().get("exc_type") == "DoesNotExistError"
