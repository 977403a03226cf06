"""Where is a lead's record in the practice's CRM? An address made from a template and the lead's id.

Lives here: checking the template, filling the id in. Does not live here: the practice that has it (``practice``).
"""

import re
from urllib.parse import quote, urlsplit

__all__ = ["format_record_url", "is_record_url"]

_LEAD_ID = "{lead_id}"
_VISIBLE_ASCII = re.compile(r"[!-~]*")
_HOST = re.compile(r"[A-Za-z0-9.-]+(:\d{1,5})?")


def is_record_url(template: str) -> bool:
    """Return whether a template is an https address with the lead's id once behind its host; empty is one as well.

    >>> is_record_url("https://localhost:8443/contacts/1/record/0-1/{lead_id}"), is_record_url("")
    (True, True)
    >>> [is_record_url(f"{scheme}://localhost/{{lead_id}}") for scheme in ("http", "javascript")]
    [False, False]
    >>> is_record_url("https://{lead_id}.localhost/"), is_record_url("https://{user}@localhost/{lead_id}")
    (False, False)
    """
    if not template:
        return True
    rest = template.replace(_LEAD_ID, "", 1)
    # A browser reads a backslash as a slash, so that it could move the host.
    if rest == template or not _VISIBLE_ASCII.fullmatch(template) or any(mark in rest for mark in "{}\\<>\"'`"):
        return False
    address = urlsplit(template)
    return address.scheme == "https" and _HOST.fullmatch(address.netloc) is not None


def format_record_url(template: str, lead_id: str) -> str:
    """Return the address of one lead's record, its id percent-encoded; empty where there is none.

    >>> format_record_url("https://localhost/?id={lead_id}", "7&admin=1 é")
    'https://localhost/?id=7%26admin%3D1%20%C3%A9'
    >>> format_record_url("https://localhost/{lead_id}/edit", "..")
    ''
    """
    # "." and ".." would climb in a path, and browsers read "%2E" alike: no CRM has such an id.
    return template.replace(_LEAD_ID, quote(lead_id, safe="")) if template and lead_id.strip(".") else ""
