"""What are the leads of an export called? Their names, for the desk alone.

Lives here: the parts of each lead's name, from the columns whose headers claim to hold them.
Does not live here: the leads themselves, which never have a name (``leads_table``), the headers
(``privacy.header_words``), a name's form (``privacy.patient_names``).
"""

from collections.abc import Mapping as AnyMapping

import numpy as np

from features.mapping.column_mapping import Mapping
from features.privacy.header_words import find_name_part
from features.privacy.patient_names import NAME_PARTS, clean_name
from features.tables.row_validation import RowValidator

__all__ = ["LeadNames", "find_name_columns", "read_lead_names"]

LeadNames = AnyMapping[str, AnyMapping[str, str]]
"""Lead -> part of its name -> text; only what is known."""


def find_name_columns(headers: list[str], mapping: Mapping) -> dict[str, list[str]]:
    """Return part of a name -> the headers that hold it; none that the mapping uses for anything else.

    >>> find_name_columns(["First Name", "Full Name", "Phone"], Mapping(custom={"Full Name": "text"}))
    {'first_name': ['First Name'], 'last_name': [], 'full_name': []}
    """
    used = {*mapping.leads.values(), *mapping.custom, *mapping.keep_on_purpose, mapping.label_column, mapping.order_by}
    parts = {header: find_name_part(header) for header in headers if header not in used}
    return {part: [header for header, held in parts.items() if held == part] for part in NAME_PARTS}


def read_lead_names(validator: RowValidator, mapping: Mapping) -> LeadNames:
    """Return the names of the leads that were kept.

    Parameters
    ----------
    validator : RowValidator
        Of the leads, after they were read.
    """
    frame, ids = validator.raw.frame[validator.keep], np.asarray(validator.lead_ids)[validator.keep]
    names: dict[str, dict[str, str]] = {}
    for part, headers in find_name_columns(list(frame.columns), mapping).items():
        for header in headers:
            for lead_id, value in zip(ids.tolist(), frame[header].tolist(), strict=True):
                name = clean_name(value)
                if name is not None:
                    names.setdefault(lead_id, {}).setdefault(part, name)
    return names
