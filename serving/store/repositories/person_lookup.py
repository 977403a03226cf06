"""Which leads are the same person? By e-mail address, phone number and the CRM's own id of the person, each normalized.

Lives here: finding leads by contact data, and counting a lead's earlier enquiries as
``features.point_in_time.contact_index.ContactIndex`` would over the whole table. Does not live here: the normalized
forms (``contact_keys``, ``features.parsing.phone_numbers``, ``features.parsing.email_addresses``), forgetting
(``retention``).
"""

from datetime import timedelta

from sqlalchemy import Connection, func, or_, select

from features.parsing.email_addresses import find_email
from features.parsing.phone_numbers import find_phone
from features.point_in_time.contact_index import SHARED_FROM
from serving.store.database.entities import StoredLead
from serving.store.database.tables import leads
from serving.store.repositories.contact_keys import make_email_key, make_phone_key

__all__ = ["count_earlier_enquiries", "find_leads", "find_leads_sharing_contact"]


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


def count_earlier_enquiries(connection: Connection, lead: StoredLead, days: float) -> int:
    """Count the enquiries by the same person, phone or e-mail in the given number of days strictly before the lead
    arrived, and return the largest count.

    An invalid address or number links nobody, nor does one that too many leads share, as in the contact index.
    """
    values, arrived = lead.values, lead.values["created_at"]
    forms = (
        (leads.c.email_key, find_email(values.get("email") or "")),
        (leads.c.phone_key, find_phone(values.get("phone") or "")),
        (leads.c.person_id, values.get("person_id")),
    )
    is_earlier = (leads.c.created_at >= arrived - timedelta(days=days)) & (leads.c.created_at < arrived)
    counts = [
        select(func.count()).where(column == form, is_earlier).scalar_subquery() for column, form in forms if form
    ]
    if not counts:
        return 0
    counted = zip((column for column, form in forms if form), connection.execute(select(*counts)).one(), strict=True)
    # A number that many share is a front desk's or a placeholder; a person id is the CRM's own word and always
    # counts.
    return max(count if column is leads.c.person_id or count < SHARED_FROM else 0 for column, count in counted)
