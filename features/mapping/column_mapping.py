"""Which of their columns is which of ours? Any CRM export -> our columns, said in one TOML file that people can read.

Lives here: ``Mapping``, reading and checking mapping files, the same renaming for one JSON payload.
Does not live here: proposing a mapping (``inspection``), reading values (``values``), using it on a file (``tables``).
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from features.errors import MappingError
from features.mapping.validation import find_mapping_faults, find_missing_columns
from features.parsing.scalars import is_missing, normalize_missing_markers
from features.schema import CUSTOM_PREFIX, LEADS, TABLES

__all__ = ["ROW_NUMBER", "Mapping", "read_mapping"]

ROW_NUMBER = "row number"
"""``order_by`` of a file whose rows stand in time order."""

_PASSED_THROUGH = ("events", "outcomes", "cutoff")


@dataclass(frozen=True)
class Mapping:
    """How one export says what we know under our names.

    Parameters
    ----------
    separator, encoding, sheet : str, optional
        How to read the file; found by looking when left out.
    missing : tuple of str
        Texts that mean "not given" here, such as "Select", beside the usual ones.
    day_first : bool, optional
        Whether 03/04/2026 is the third of April; decided from each column when left out.
    leads, events, outcomes, spend : dict
        Our column -> their header.
    sql : dict
        Our table -> the query that reads it, where the data is a database and the table has another name there.
    order_by : str, optional
        Of a file without dates: their column that grows with time, or "row number".
    order_newest_first : bool
        Whether ``order_by`` counts backwards in time.
    label_column : str, optional
        Their column that says what became of the lead, with the values that mean ``booked`` and ``not_booked``.
    label_known_at : str, optional
        Their column that says when the label became known, such as the day of the appointment. It may be a column of
        ours or a custom one too.
    custom : dict
        Their header -> one of ``schema.CUSTOM_KINDS``.
    leave_out : dict
        Their header -> why it must not be used.
    keep_on_purpose : tuple of str
        Columns that would be left out as barred or suspect, kept knowingly.

    >>> Mapping.from_dict({"version": 1, "leads": {"source": "Lead Source"}}).find_header("source")
    'Lead Source'
    """

    separator: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    missing: tuple[str, ...] = ()
    day_first: bool | None = None
    leads: dict[str, str] = field(default_factory=dict)
    order_by: str | None = None
    order_newest_first: bool = False
    label_column: str | None = None
    label_known_at: str | None = None
    booked: tuple[str, ...] = ()
    not_booked: tuple[str, ...] = ()
    custom: dict[str, str] = field(default_factory=dict)
    leave_out: dict[str, str] = field(default_factory=dict)
    keep_on_purpose: tuple[str, ...] = ()
    events: dict[str, str] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)
    spend: dict[str, str] = field(default_factory=dict)
    sql: dict[str, str] = field(default_factory=dict)

    @classmethod
    def identity(cls) -> "Mapping":
        """The mapping of a file that uses our names: any other column becomes custom."""
        return cls()

    @classmethod
    def from_dict(cls, settings: dict[str, Any], where: str = "mapping") -> "Mapping":
        """The mapping that ``to_dict`` or a mapping file describes.

        Raises
        ------
        MappingError
            With every fault at once.
        """
        _raise_faults(where, find_mapping_faults(settings))
        file, leads, label = (dict(settings.get(section, {})) for section in ("file", "leads", "label"))
        texts = {name: tuple(str(value) for value in label.get(name, ())) for name in ("booked", "not_booked")}
        return cls(
            **{name: file.get(name) for name in ("separator", "encoding", "sheet", "day_first")},
            missing=tuple(file.get("missing", ())),
            order_by=leads.pop("order_by", None),
            order_newest_first=leads.pop("order_newest_first", False),
            leads=leads,
            label_column=label.get("column"),
            label_known_at=label.get("known_at"),
            **texts,
            **{
                name: dict(settings.get(name, {}))
                for name in ("custom", "leave_out", "events", "outcomes", "spend", "sql")
            },
            keep_on_purpose=tuple(settings.get("keep_on_purpose", ())),
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for TOML or JSON, in the shape of a mapping file; what says nothing is left out.

        >>> Mapping.identity().to_dict()
        {'version': 1}
        """
        file = {name: getattr(self, name) for name in ("separator", "encoding", "sheet", "day_first")} | {
            "missing": list(self.missing)
        }
        leads = dict(self.leads) | {"order_by": self.order_by, "order_newest_first": self.order_newest_first or None}
        label = {"column": self.label_column, "booked": list(self.booked), "not_booked": list(self.not_booked)} | {
            "known_at": self.label_known_at
        }
        sections = {
            "keep_on_purpose": list(self.keep_on_purpose),
            "file": file,
            "leads": leads,
            "label": label,
            "custom": dict(self.custom),
            "leave_out": dict(self.leave_out),
            "events": dict(self.events),
            "outcomes": dict(self.outcomes),
            "spend": dict(self.spend),
            "sql": dict(self.sql),
        }
        return {"version": 1} | {name: kept for name, value in sections.items() if (kept := _drop_empty_settings(value))}

    def find_header(self, column: str, table: str = "leads") -> str:
        """The header under which an export carries our column: the mapped one, else our own name."""
        return getattr(self, table).get(column, column)

    @cached_property
    def missing_texts(self) -> frozenset[str]:
        """Every text that means "not given": the usual ones and this export's."""
        return normalize_missing_markers(self.missing)

    def match_headers(self, table: str, headers: Iterable[str]) -> dict[str, str]:
        """Our column -> their header, of those a file has: the mapped ones, and those that bear our name and of which
        nothing was said.
        """
        mapped = getattr(self, table)
        others = (*self.custom, *self.leave_out, self.label_column, self.label_known_at, self.order_by)
        assigned = {*mapped.values(), *(others if table == "leads" else ())}
        same_name = {
            name: name
            for name in headers
            if name in TABLES[table].by_name and name not in mapped and name not in assigned
        }
        return {column: header for column, header in (mapped | same_name).items() if header in set(headers)}

    def check_headers(self, table: str, headers: Iterable[str], where: str, scoring: bool = False) -> None:
        """Check that every column this mapping names stands in a file.

        ``scoring``: only the columns that identify a row are needed; label, order and columns left out may be absent.

        Raises
        ------
        MappingError
            Listing every missing column with the nearest header.
        """
        headers_by_setting = {f"{table}.{column}": header for column, header in getattr(self, table).items()}
        if scoring:
            headers_by_setting = {column: header for column, header in headers_by_setting.items() if column.endswith((".lead_id", ".created_at"))}
        elif table == "leads":
            order = {} if self.order_by in (None, ROW_NUMBER) else {"leads.order_by": self.order_by}
            label = {"label.column": self.label_column, "label.known_at": self.label_known_at}
            label = {where: header for where, header in label.items() if header is not None}
            headers_by_setting |= (
                order
                | label
                | {f"custom.{name!r}": name for name in self.custom}
                | {f"leave_out.{name!r}": name for name in self.leave_out}
            )
        _raise_faults(where, find_missing_columns(headers_by_setting, list(headers)))

    def rename_payload(self, payload: dict[str, Any]) -> dict[str, Any]:
        """One flat JSON payload under our names, as a row of an export would be.

        Accepted side by side: their headers, our names, and a ``custom`` object; their header wins where it is also a
        name of ours. What means "not given" becomes None. Keys nobody knows become ``custom:<key>``; columns left out,
        the label and the order are dropped; ``events``, ``outcomes`` and ``cutoff`` are passed on as they are. No value
        is converted.

        >>> mapping = Mapping.from_dict(
        ...     {"version": 1, "file": {"missing": ["Select"]}, "leads": {"source": "Lead Source"}}
        ... )
        >>> mapping.rename_payload({"Lead Source": "Select", "message": "knee", "custom": {"Total Visits": 3}})
        {'source': None, 'message': 'knee', 'custom:Total Visits': 3}
        """
        extra = payload.get("custom")
        flat = [*payload.items(), *extra.items()] if isinstance(extra, dict) else payload.items()
        renamed: dict[str, Any] = {}
        for key, value in flat:
            if key == "custom" and value is extra and isinstance(extra, dict):
                continue
            column = self._column_by_header.get(key, key)
            if column is None:
                continue
            if column not in _PASSED_THROUGH and column not in LEADS.by_name and not column.startswith(CUSTOM_PREFIX):
                column = CUSTOM_PREFIX + column
            cleaned = value if column in _PASSED_THROUGH or not is_missing(value, self.missing_texts) else None
            if cleaned is not None or column not in renamed:
                renamed[column] = cleaned
        return renamed

    @cached_property
    def _column_by_header(self) -> dict[str, str | None]:
        """Their header -> our name; None for what is left out."""
        unused = (*self.leave_out, self.label_column, self.label_known_at, self.order_by)
        dropped = dict.fromkeys(name for name in unused if name is not None)
        custom = {name: CUSTOM_PREFIX + name for name in self.custom}
        return dropped | custom | {header: column for column, header in self.leads.items()}


def read_mapping(path: str | Path | None) -> Mapping:
    """The mapping in a TOML file; the identity when ``path`` is None.

    Raises
    ------
    MappingError
        If the file is missing, is not TOML, or contradicts itself: every fault in one report.
    """
    if path is None:
        return Mapping.identity()
    try:
        settings = tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
    except (FileNotFoundError, IsADirectoryError):
        raise MappingError(
            f"mapping: there is no file {str(path)!r}. Make one with `leadlight inspect EXPORT --out {Path(path).name}`."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise MappingError(
            f"mapping: {str(path)!r} is not readable as TOML: {fault}. Mend that line and try again."
        ) from None
    return Mapping.from_dict(settings, where=str(path))


def _drop_empty_settings(value: Any) -> Any:
    """A section without the settings that say nothing."""
    if isinstance(value, dict):
        return {name: setting for name, setting in value.items() if setting is not None and setting != []}
    return value


def _raise_faults(where: str, faults: list[str]) -> None:
    """Raise every fault at once, if there is any."""
    if faults:
        raise MappingError(
            f"{where}: {len(faults)} fault(s) in the mapping.\n" + "\n".join(f"  - {fault}" for fault in faults)
        )
