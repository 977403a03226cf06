"""Which of a CRM's fields is which of our columns? One table for each CRM, and what is dropped on arrival.

Lives here: the standard fields of a lead or contact by their names in the CRM's API, translating one flat object.
Does not live here: the practice's own fields (a mapping file, ``features.mapping.column_mapping``), the format of a
request (``serving.crm.inbound``).

No street, employer or sales stage gets in: the score must not depend on them, so the store need not hold them. A name
does, for the desk alone: it is stored apart from what is scored (``serving.store.repositories.lead_names``).
"""

import re
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from typing import Any

from features.mapping.column_mapping import Mapping
from features.privacy.header_words import find_name_part
from features.schema import CUSTOM_PREFIX, LEADS
from serving.errors import Fault, RequestError

__all__ = ["DYNAMICS", "GENERIC", "HUBSPOT", "MAX_NAME", "SALESFORCE", "FieldMap", "TranslatedLead", "parse_lead_id"]

MAX_NAME = 300
"""Longest name of a field, in characters; a longer one is no column's, and its field is left out unread.

Names are split into words and compared with every claim: 25 KB of nested names took minutes.
"""

_MAX_REPORTED = 50
_REPORTABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_.:\[\]-]{0,59}")
_DATE = re.compile(r"/Date\((-?\d{1,15})(?:[+-]\d{4})?\)/")
_PAGE_COLUMNS = ("landing_page",)


_RESERVED = ("custom", "lead_id", "events", "outcomes", "cutoff")
"""Names that a CRM's field may not have: they would change more than a column."""


@dataclass(frozen=True)
class TranslatedLead:
    """One flat object in our names.

    Parameters
    ----------
    payload : dict
        As ``/v1/score`` accepts it, without ``lead_id``; None where a value was cleared.
    ignored : tuple of str
        Names of fields that nobody mapped, never their values; only valid field names.
    """

    payload: dict[str, Any]
    ignored: tuple[str, ...]


@dataclass(frozen=True)
class FieldMap:
    """A CRM's standard fields.

    Parameters
    ----------
    sources : dict
        Our column -> the CRM's names; the first that has a value counts.
    dropped : tuple of str
        The CRM's names of fields that must not get in or say nothing about a lead; not reported as ignored.
    """

    sources: dict[str, tuple[str, ...]]
    dropped: tuple[str, ...] = ()

    def translate(self, values: Dictionary[str, Any], mapping: Mapping | None = None) -> TranslatedLead:
        """Translate a CRM's flat object into our names. A mapping file takes precedence over the table; our own names
        need neither.

        >>> HUBSPOT.translate({"firstname": "Ann", "zip": "75201", "shoe_size": "9"})
        TranslatedLead(payload={'postal_code': '75201', 'first_name': 'Ann'}, ignored=('shoe_size',))
        """
        unwrapped = {
            name: _unwrap(value) for name, value in values.items() if name not in _RESERVED and len(name) <= MAX_NAME
        }
        own_names = {*self.dropped, *(name for names in self.sources.values() for name in names)}
        renamed = (mapping or Mapping.identity()).rename_payload(unwrapped, own_names)
        unmapped = {
            name.removeprefix(CUSTOM_PREFIX): value for name, value in renamed.items() if name.startswith(CUSTOM_PREFIX)
        }
        payload = self._select_columns(renamed, unmapped)
        custom = {}
        if mapping is not None:
            custom = {name: value for name, value in unmapped.items() if name in mapping.custom and _is_scalar(value)}
        names = _select_names(unmapped, custom)
        if custom:
            payload["custom"] = custom
        return TranslatedLead(payload | names, self._list_ignored(unmapped, custom))

    def _select_columns(self, renamed: Dictionary[str, Any], unmapped: Dictionary[str, Any]) -> dict[str, Any]:
        """Select a value for each of our columns: from a field that is mapped to it, else from the CRM's own fields."""
        payload: dict[str, Any] = {}
        for column in LEADS.by_name:
            sources = self.sources.get(column, ())
            candidates = {name: unmapped[name] for name in sources if name in unmapped}
            # The mapping file comes first: the practice knows its fields better than the table does.
            if column in renamed and column != "lead_id":
                candidates = {column: renamed[column], **candidates}
            if not candidates:
                continue
            value = _select_value(candidates, {column, *sources[:1]})
            if value is not _NO_VALUE:
                payload[column] = _remove_query(value) if column in _PAGE_COLUMNS else value
        return payload

    def _list_ignored(self, unmapped: Dictionary[str, Any], custom: Dictionary[str, Any]) -> tuple[str, ...]:
        """List the names of fields that nobody mapped."""
        used = {*custom, *self.dropped, *(name for names in self.sources.values() for name in names)}
        used |= {name for name in unmapped if find_name_part(name)}
        names = sorted(name for name in unmapped if name not in used and _REPORTABLE.fullmatch(name))
        return tuple(names[:_MAX_REPORTED])


def _select_names(unmapped: Dictionary[str, Any], custom: Dictionary[str, Any]) -> dict[str, Any]:
    """Select the parts of the person's name among the fields that nobody mapped; the first value of each counts."""
    names: dict[str, Any] = {}
    for name, value in unmapped.items():
        part = find_name_part(name)
        if part is not None and name not in custom and _is_scalar(value) and names.get(part) is None:
            names[part] = value
    return names


_NO_VALUE = object()
"""Says that a column is left as it is, unlike None, which clears it."""


def _select_value(candidates: dict[str, Any], primary: set[str]) -> Any:
    """Return the first value that is not None. Without one, None if a primary field is among the candidates: a cleared
    second phone number must not clear the first.
    """
    values = [value for value in candidates.values() if value is not None]
    if values:
        return values[0]
    return None if primary & candidates.keys() else _NO_VALUE


def parse_lead_id(value: Any) -> str:
    """Return a CRM's id as text.

    Raises
    ------
    RequestError
        With status 422 if there is none, or it is invalid.
    """
    lead_id = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not 1 <= len(lead_id) <= 100 or not lead_id.isprintable():
        kind = "nothing" if lead_id == "" else "something that is not an id"
        fault = Fault("lead_id", kind, "the CRM's own id of the record, at most 100 characters")
        raise RequestError(
            422, "no_lead_id", "The request does not say which lead it is about; send the record's id.", (fault,)
        )
    return lead_id


def _unwrap(value: Any) -> Any:
    """Unwrap a CRM's value: {"value": 1}, {"Value": 1}, "/Date(0)/"."""
    if isinstance(value, dict) and "value" in value:
        value = value["value"]
    elif isinstance(value, dict) and "Value" in value:
        value = value["Value"]
    if isinstance(value, str) and (date := _DATE.fullmatch(value)):
        return int(date[1])
    return value


def _is_scalar(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | bool)


def _remove_query(value: Any) -> Any:
    """Remove everything after the path of an address: a query may hold what a person typed."""
    return re.split(r"[?#]", value, maxsplit=1)[0] if isinstance(value, str) else value


HUBSPOT = FieldMap(
    {
        "created_at": ("createdate",),
        "source": ("hs_analytics_source", "hs_latest_source"),
        "campaign": ("utm_campaign", "hs_analytics_source_data_2"),
        "landing_page": ("hs_analytics_first_url",),
        "message": ("message",),
        "postal_code": ("zip",),
        "phone": ("phone", "mobilephone"),
        "email": ("email",),
        "do_not_contact": ("hs_email_optout",),
    },
    (
        "firstname",
        "lastname",
        "salutation",
        "company",
        "jobtitle",
        "address",
        "city",
        "state",
        "country",
        "date_of_birth",
        "gender",
        "hubspot_owner_id",
        "lifecyclestage",
        "hs_lead_status",
        "hs_object_id",
        "lastmodifieddate",
        "hs_lastmodifieddate",
        "vid",
    ),
)
SALESFORCE = FieldMap(
    {
        "created_at": ("CreatedDate",),
        "source": ("LeadSource",),
        "message": ("Description",),
        "postal_code": ("PostalCode",),
        "latitude": ("Latitude",),
        "longitude": ("Longitude",),
        "phone": ("Phone", "MobilePhone"),
        "email": ("Email",),
        "do_not_contact": ("DoNotCall", "HasOptedOutOfEmail"),
    },
    (
        "FirstName",
        "LastName",
        "Name",
        "MiddleName",
        "Salutation",
        "Suffix",
        "Company",
        "Title",
        "Street",
        "City",
        "State",
        "Country",
        "OwnerId",
        "Status",
        "Rating",
        "IsConverted",
        "Id",
        "LastModifiedDate",
        "SystemModstamp",
        "LastModifiedById",
        "CreatedById",
    ),
)
DYNAMICS = FieldMap(
    {
        "created_at": ("createdon",),
        "source": ("leadsourcecode",),
        "campaign": ("campaignid",),
        "message": ("description",),
        "postal_code": ("address1_postalcode",),
        "latitude": ("address1_latitude",),
        "longitude": ("address1_longitude",),
        "phone": ("telephone1", "mobilephone"),
        "email": ("emailaddress1",),
        "do_not_contact": ("donotphone",),
    },
    (
        "firstname",
        "lastname",
        "fullname",
        "yomifullname",
        "middlename",
        "salutation",
        "companyname",
        "jobtitle",
        "subject",
        "address1_line1",
        "address1_city",
        "address1_stateorprovince",
        "address1_country",
        "address1_composite",
        "ownerid",
        "leadqualitycode",
        "statecode",
        "statuscode",
        "leadid",
        "modifiedon",
        "modifiedby",
        "modifiedonbehalfby",
        "createdby",
    ),
)
GENERIC = FieldMap({})
