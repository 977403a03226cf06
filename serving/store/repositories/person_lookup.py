"""Which leads are the same person? By e-mail address, phone number and the CRM's own id of the person, each normalized.

Lives here: finding leads by contact data, and counting the leads of a person as
``features.point_in_time.contact_index.ContactIndex`` would over the whole table. Does not live here: the normalized
forms (``contact_keys``, ``features.parsing.phone_validation``, ``features.parsing.email_addresses``), forgetting
(``lead_deletion``).
"""

from datetime import timedelta

from sqlalchemy import Connection, func, or_, select

from features.parsing.email_addresses import find_email
from features.parsing.phone_validation import find_phone
from serving.store.database.entities import StoredLead
from serving.store.database.tables import leads
from serving.store.repositories.contact_keys import make_email_key, make_phone_key

__all__ = ["count_recent_leads", "find_leads", "find_leads_sharing_contact"]


def find_leads(connection: Connection, email: str | None = None, phone: str | None = None) -> list[str]:
    """Return the ids of the leads with this e-mail address or phone number, in whatever form either was written, in the
    order of their arrival.
    """
    conditions = [
        column == key
        for column, key in ((leads.c.email_key, make_email_key(email)), (leads.c.phone_key, make_phone_key(phone)))
        if key is not None
    ]
    return (
        list(connection.scalars(select(leads.c.lead_id).where(or_(*conditions)).order_by(leads.c.seq)))
        if conditions
        else []
    )


def find_leads_sharing_contact(connection: Connection, lead_id: str) -> list[str]:
    """Return the ids of other leads with the same e-mail address, phone number or person id: the same person, or
    somebody who shares a phone.
    """
    row = connection.execute(select(leads).where(leads.c.lead_id == lead_id)).first()
    if row is None:
        return []
    conditions = [
        leads.c[name] == value
        for name in ("email_key", "phone_key", "person_id")
        if (value := getattr(row, name)) is not None
    ]
    return (
        list(
            connection.scalars(
                select(leads.c.lead_id).where(or_(*conditions), leads.c.lead_id != lead_id).order_by(leads.c.seq)
            )
        )
        if conditions
        else []
    )


def count_recent_leads(connection: Connection, lead: StoredLead, days: float) -> dict[str, int]:
    """Count the leads with the same person id, phone or e-mail in the given number of days strictly before the lead
    arrived, one count for each that it has.

    An invalid address or number links nobody, as in the contact index.
    """
    values, arrived = lead.values, lead.values["created_at"]
    forms = {
        "email": (leads.c.email_key, find_email(values.get("email") or "")),
        "phone": (leads.c.phone_key, find_phone(values.get("phone") or "")),
        "person_id": (leads.c.person_id, values.get("person_id")),
    }
    is_earlier = (leads.c.created_at >= arrived - timedelta(days=days)) & (leads.c.created_at < arrived)
    counts = {
        name: select(func.count()).where(column == form, is_earlier).scalar_subquery()
        for name, (column, form) in forms.items()
        if form
    }
    return dict(zip(counts, connection.execute(select(*counts.values())).one(), strict=True)) if counts else {}
