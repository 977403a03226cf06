"""Which contacts does HubSpot already have? Page after page of them, as leads in our names.

Lives here: the request of a page, its cursor, reading its contacts. Does not live here: writing scores
(``hubspot_writer``), the order of a whole run (``backfill``), names of properties (``serving.crm.field_maps``).
"""

import re
import urllib.parse
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from features.mapping.column_mapping import Mapping
from serving.crm.field_maps import HUBSPOT
from serving.crm.outbound.http_transport import Reply, Requests
from serving.crm.outbound.paced_transport import explain_return
from serving.errors import ServiceError

__all__ = ["PAGE_SIZE", "ContactPage", "read_contact_page"]

PAGE_SIZE = 100
"""The most contacts that HubSpot returns at once."""

_PATH = "/crm/v3/objects/contacts"
_CURSOR = re.compile(r"[A-Za-z0-9._=+/-]{1,300}")
_CONTACT_ID = re.compile(r"[0-9]{1,20}")


@dataclass(frozen=True)
class ContactPage:
    """Some contacts.

    Parameters
    ----------
    leads : tuple of dict
        One for each contact, in our names, with ``lead_id``.
    after : str or None
        Where the next page begins; None after the last one.
    """

    leads: tuple[dict[str, Any], ...] = field(repr=False)
    after: str | None


def read_contact_page(requests: Requests, mapping: Mapping | None, after: str | None) -> ContactPage:
    """Read one page of contacts.

    Raises
    ------
    TransportFault
        Without an answer.
    ServiceError
        If HubSpot refuses, or its answer is no page.
    """
    query = {"limit": str(PAGE_SIZE), "archived": "false", "properties": ",".join(_list_properties(mapping))}
    query |= {"after": after} if after else {}
    reply = requests.send("GET", f"{_PATH}?{urllib.parse.urlencode(query)}")
    if reply.status != 200:
        raise ServiceError(f"push: HubSpot answered {reply.status}. {_explain_refusal(reply)}")
    page = reply.parse_object()
    if not isinstance(page.get("results"), list):
        raise ServiceError("push: HubSpot's answer is no page of contacts. Run the command again; it goes on here.")
    return ContactPage(tuple(_read_contacts(page["results"], mapping)), _read_cursor(page, after))


def _list_properties(mapping: Mapping | None) -> list[str]:
    """List the properties to ask for: HubSpot's own that mean a column, and the practice's mapped ones."""
    names = [name for sources in HUBSPOT.sources.values() for name in sources]
    names += [] if mapping is None else [*mapping.leads.values(), *mapping.custom]
    return list(dict.fromkeys(names))


def _read_contacts(results: Iterable[Any], mapping: Mapping | None) -> Iterable[dict[str, Any]]:
    """Iterate over the contacts of a page as leads; what is no contact is left out."""
    for contact in results:
        if not isinstance(contact, dict) or not _CONTACT_ID.fullmatch(str(contact.get("id"))):
            continue
        properties = contact.get("properties")
        values = properties if isinstance(properties, dict) else {}
        # HubSpot answers null for what a contact does not have: nobody was asked, so it counts as not sent.
        filled = {name: value for name, value in values.items() if value not in (None, "")}
        yield HUBSPOT.translate(filled, mapping).payload | {"lead_id": str(contact["id"])}


def _read_cursor(page: dict[str, Any], after: str | None) -> str | None:
    """Return where the next page begins. One that stays where it is would be read forever."""
    paging = page.get("paging")
    following = paging.get("next") if isinstance(paging, dict) else None
    cursor = following.get("after") if isinstance(following, dict) else None
    if cursor is None:
        return None
    if not isinstance(cursor, str) or not _CURSOR.fullmatch(cursor) or cursor == after:
        raise ServiceError("push: HubSpot's next page is not valid. Run the command again; it goes on here.")
    return cursor


def _explain_refusal(reply: Reply) -> str:
    """Return what to do about a refusal."""
    if reply.status == 401:
        return "The token is not valid: set LEADLIGHT_HUBSPOT_TOKEN to that of a private app."
    if reply.status == 403:
        return "The private app lacks the scopes crm.objects.contacts.read and crm.objects.contacts.write: add them."
    return explain_return(reply.retry_after(datetime.now(UTC)))
