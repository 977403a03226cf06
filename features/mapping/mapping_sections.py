"""How do the settings of a mapping stand in the sections of its TOML file?

Lives here: sections -> the fields of ``column_mapping.Mapping``, and back.
Does not live here: what a setting means (``column_mapping``), whether the settings contradict each other
(``validation``).
"""

from typing import Any

from features.mapping.joined_exports import JoinedExport
from features.mapping.label_values import normalize_value
from features.parsing.dates.date_format_decision import DateFormat
from features.parsing.number_formats import NumberFormat

__all__ = ["format_sections", "parse_sections"]

_FILE_SETTINGS = ("separator", "encoding", "sheet", "day_first")
_ORDER_SETTINGS = ("order_by", "order_newest_first")
_LABEL_FIELDS = {
    "column": "label_column",
    "known_at": "label_known_at",
    "final": "label_final",
    "open_days": "label_open_days",
    "decided_by": "label_decided_by",
}
"""Setting under [label] -> field of the mapping."""
_LABEL_VALUES = {"booked": "booked", "not_booked": "not_booked", "open": "open", "initial": "label_initial"}
_PLAIN_SECTIONS = ("custom", "leave_out", "events", "outcomes", "spend", "sql")


def parse_sections(settings: dict[str, Any]) -> dict[str, Any]:
    """Return field -> value for valid sections of a mapping file.

    >>> parse_sections({"version": 1, "label": {"column": "Stage", "booked": ["Won"]}})["label_column"]
    'Stage'
    """
    file, leads, label = (dict(settings.get(section, {})) for section in ("file", "leads", "label"))
    order = {"order_by": leads.pop("order_by", None), "order_newest_first": leads.pop("order_newest_first", False)}
    return {
        **{name: file.get(name) for name in _FILE_SETTINGS},
        **order,
        **{field: label.get(name) for name, field in _LABEL_FIELDS.items()},
        **{field: tuple(map(normalize_value, label.get(name, ()))) for name, field in _LABEL_VALUES.items()},
        **{name: dict(settings.get(name, {})) for name in _PLAIN_SECTIONS},
        "missing": tuple(file.get("missing", ())),
        "allow_unmatched": file.get("allow_unmatched", False),
        "leads_file": file.get("leads"),
        "leads": leads,
        "dates": {name: DateFormat.from_dict(entry) for name, entry in settings.get("dates", {}).items()},
        "numbers": {name: NumberFormat(**entry) for name, entry in settings.get("numbers", {}).items()},
        "answers": {name: dict(entry) for name, entry in settings.get("answers", {}).items()},
        "keep_on_purpose": tuple(settings.get("keep_on_purpose", ())),
        "joined": {name: JoinedExport.from_dict(entry) for name, entry in settings.get("joined", {}).items()},
    }


def format_sections(mapping: dict[str, Any]) -> dict[str, Any]:
    """Return the sections of a mapping file as plain values, without empty settings.

    Parameters
    ----------
    mapping : dict
        Field of ``column_mapping.Mapping`` -> value, every field of it.
    """
    file = {name: mapping[name] for name in _FILE_SETTINGS} | {
        "missing": list(mapping["missing"]),
        "allow_unmatched": mapping["allow_unmatched"] or None,
        "leads": mapping["leads_file"],
    }
    order = {"order_by": mapping["order_by"], "order_newest_first": mapping["order_newest_first"] or None}
    label = {"column": mapping["label_column"]}
    label |= {name: list(mapping[field]) for name, field in _LABEL_VALUES.items()}
    label |= {name: mapping[field] for name, field in _LABEL_FIELDS.items()}
    dates = {name: date_format.to_dict() for name, date_format in mapping["dates"].items()}
    numbers = {name: number_format.to_dict() for name, number_format in mapping["numbers"].items()}
    sections = {
        "keep_on_purpose": list(mapping["keep_on_purpose"]),
        "file": file,
        "dates": {name: entry for name, entry in dates.items() if entry},
        "numbers": {name: entry for name, entry in numbers.items() if entry},
        "answers": {name: dict(entry) for name, entry in mapping["answers"].items()},
        "leads": dict(mapping["leads"]) | order,
        "label": label,
        **{name: dict(mapping[name]) for name in _PLAIN_SECTIONS},
        "joined": {name: export.to_dict() for name, export in mapping["joined"].items()},
    }
    filled = {name: _drop_empty_settings(section) for name, section in sections.items()}
    return {"version": 1} | {name: section for name, section in filled.items() if section}


def _drop_empty_settings(value: Any) -> Any:
    """Return a section without its empty settings."""
    if isinstance(value, dict):
        return {name: setting for name, setting in value.items() if setting is not None and setting != []}
    return value
