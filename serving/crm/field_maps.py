"""Which of a CRM's fields is which of ours? One table for each CRM, and what is dropped at the door.

Lives here: the usual fields of a lead or contact by their names in the CRM's interface, translating one flat object.
Does not live here: the practice's own fields (a mapping file, ``features.mapping.column_mapping``), the shape of a
request (``hubspot``, ``salesforce``,
...).

No name, street, employer or stage of sales passes: the score must not see them, so the store need not have them.
"""

import re
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass
from typing import Any

from features.mapping.column_mapping import Mapping
from features.schema import CUSTOM_PREFIX, LEADS
from serving.errors import FieldFault, RequestError

__all__ = ["DYNAMICS", "GENERIC", "HUBSPOT", "SALESFORCE", "FieldMap", "TranslatedLead", "parse_lead_id"]

_MOST_SAID = 50
_SAYABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_.:\[\]-]{0,59}")
_DATE = re.compile(r"/Date\((-?\d{1,15})(?:[+-]\d{4})?\)/")
_PAGES = ("landing_page",)


@dataclass(frozen=True)
class TranslatedLead:
    """One flat object in our names.

    Parameters
    ----------
    payload : dict
        As ``/v1/score`` takes it, without ``lead_id``; None where a value was taken back.
    ignored : tuple of str
        Names of fields that nobody mapped, never their values; only such as can be a field's name.
    """

    payload: dict[str, Any]
    ignored: tuple[str, ...]


@dataclass(frozen=True)
class FieldMap:
    """A CRM's usual fields.

    Parameters
    ----------
    ours : dict
        Our column -> their names; the first that says something counts.
    dropped : tuple of str
        Their names of what must not come in, and of what says nothing about a lead; not even said to be ignored.
    """

    ours: dict[str, tuple[str, ...]]
    dropped: tuple[str, ...] = ()

    def translate(self, values: AnyMapping[str, Any], mapping: Mapping | None = None) -> TranslatedLead:
        """A flat object of theirs in our names. A mapping file goes before the table; our own names are understood
        without either.

        >>> HUBSPOT.translate(
        ...     {"firstname": "Ann", "zip": "75201", "hs_analytics_source": "PAID_SEARCH", "shoe_size": "9"}
        ... )
        Translated(payload={'source': 'PAID_SEARCH', 'postal_code': '75201'}, ignored=('shoe_size',))
        """
        named = (mapping or Mapping.identity()).rename_payload(
            {
                name: _plain(value)
                for name, value in values.items()
                if name not in ("custom", "lead_id", "events", "outcomes", "cutoff")
            }
        )
        rest = {
            name.removeprefix(CUSTOM_PREFIX): value for name, value in named.items() if name.startswith(CUSTOM_PREFIX)
        }
        payload: dict[str, Any] = {}
        for column in LEADS.by_name:
            theirs = self.ours.get(column, ())
            found = {name: rest[name] for name in theirs if name in rest}
            if column in named and column != "lead_id":
                found = {column: named[column], **found}
            if found:
                payload[column] = _first(found, {column, *theirs[:1]})
        payload = {
            name: _without_query(value) if name in _PAGES else value
            for name, value in payload.items()
            if value is not _UNSAID
        }
        own = {
            name: value
            for name, value in rest.items()
            if mapping is not None and name in mapping.custom and _is_scalar(value)
        }
        spoken_for = {*own, *self.dropped, *(name for names in self.ours.values() for name in names)}
        ignored = sorted(name for name in rest if name not in spoken_for and _SAYABLE.fullmatch(name))
        return TranslatedLead(payload | ({"custom": own} if own else {}), tuple(ignored[:_MOST_SAID]))


_UNSAID = object()


def _first(found: dict[str, Any], preferred: set[str]) -> Any:
    """The first of their fields that says something. Only a preferred one can take a value back: a cleared second phone
    says nothing of the first."""
    said = [value for value in found.values() if value is not None]
    return said[0] if said else None if preferred & found.keys() else _UNSAID


def parse_lead_id(value: Any) -> str:
    """A CRM's id as text.

    Raises
    ------
    RequestError
        With status 422 if there is none, or it cannot be one.
    """
    found = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not 1 <= len(found) <= 100 or not found.isprintable():
        seen = "nothing" if found == "" else "something that is no id"
        field = FieldFault("lead_id", seen, "the CRM's own id of the record, at most 100 characters")
        raise RequestError(
            422, "no_lead_id", "The request does not say which lead it is about; send the record's id.", (field,)
        )
    return found


def _plain(value: Any) -> Any:
    """A value without the wrapping of its CRM: {"value": 1}, {"Value": 1}, "/Date(0)/"."""
    if isinstance(value, dict) and "value" in value:
        value = value["value"]
    elif isinstance(value, dict) and "Value" in value:
        value = value["Value"]
    if isinstance(value, str) and (date := _DATE.fullmatch(value)):
        return int(date[1])
    return value


def _is_scalar(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | bool)


def _without_query(value: Any) -> Any:
    """An address without what follows its path: a query may carry what a person typed."""
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
