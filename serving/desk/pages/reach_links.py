"""How can a person be reached, and with which words? Links of the channels that work, and scripts filled in.

Lives here: telephone, text and mail links, the placeholders of a script. Does not live here: which channels work
(``serving.desk.lead_details``), the page around them (``lead_page``).
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from features.parsing.phone_validation import find_phone
from features.practice.practice import Practice
from serving.accounts.sessions import SignedInUser
from serving.desk.message_templates import EMERGENCY
from serving.store.database.entities import StoredLead

__all__ = ["build_reach_links", "fill_script"]

_PLACEHOLDER = re.compile(r"\{(?:name|practice|person|service|clinic)\}")


def build_reach_links(
    values: Mapping[str, Any], channels: frozenset[str], texts: Mapping[str, str], practice: Practice
) -> dict[str, str]:
    """Return the links by which a person can be reached: "call", "text", "email", and the words "phone" and "address".

    Only those of channels that work: none for a number that is wrong or for somebody who opted out.

    >>> texts = {"text_message": "Hi there", "email_message": "Hello"}
    >>> values = {"phone": "214.555.3799"}
    >>> build_reach_links(values, frozenset({"phone"}), texts, Practice(name="Oak"))["text"]
    'sms:+12145553799?body=Hi%20there'
    """
    links: dict[str, str] = {}
    phone, email = str(values.get("phone") or ""), str(values.get("email") or "")
    if "phone" in channels and any(map(str.isdigit, phone)):
        shown = practice.formats.format_phone(phone)
        # Read as at arrival, so that no extension, remark or ".0" of a spreadsheet is dialed along.
        dialed = find_phone(phone) if practice.formats.is_us else None
        digits = "".join(filter(str.isdigit, phone))
        # Formatted means that it is a US number; others are dialed as they were given.
        as_given = ("+" if phone.strip().startswith("+") else "") + digits
        number = dialed or (f"+1{digits[-10:]}" if shown.startswith("(") else as_given)
        links |= {"call": f"tel:{number}", "text": f"sms:{number}?body={quote(texts['text_message'])}", "phone": shown}
    if "e-mail" in channels:
        subject = quote(f"Your request to {practice.name}")
        links["email"] = f"mailto:{quote(email, safe='@')}?subject={subject}&body={quote(texts['email_message'])}"
        links["address"] = email
    return links


def fill_script(
    script: str, practice: Practice, user: SignedInUser, lead: StoredLead, call_name: str, is_written: bool = False
) -> str:
    """Fill the script's placeholders in one after the other; a name that is not known leaves no gap.

    Parameters
    ----------
    is_written : bool
        Whether it is sent and not said: whoever reads it has nothing to hang up.
    """
    emergency = practice.emergency_sentence.replace("hang up and ", "") if is_written else practice.emergency_sentence
    if not call_name:
        script = script.replace(" {name}", "").replace("{name}", "")
    placeholders = {
        "{practice}": practice.name,
        "{person}": user.shown_name,
        "{service}": lead.values.get("service_requested") or "an appointment",
        "{clinic}": lead.values.get("preferred_clinic") or "one of our locations",
    }
    # In one pass: what a person wrote or is called must not be read as a placeholder.
    filled = placeholders | {"{name}": call_name}
    return _PLACEHOLDER.sub(lambda placeholder: filled[placeholder[0]], script.replace(EMERGENCY, emergency))
