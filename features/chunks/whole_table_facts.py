"""What do only the whole tables show, that every chunk of them is validated by? Read in slices, in constant memory.

Lives here: what an unmapped column is, how dates are written, which bookings are dated by their visit, the data's end.
Does not live here: what each of them is (``features.tables``), the chunks (``chunked_tables``, ``bucket_tables``).
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from features.array_types import TimeArray
from features.chunks.chunk_plan import ROWS_PER_LEAD
from features.mapping.column_answers import apply_answers
from features.mapping.column_mapping import Mapping
from features.parsing.column_values import to_text
from features.parsing.dates.date_evidence import DateEvidence, collect_evidence
from features.parsing.dates.timestamps import to_time
from features.practice.practice import Practice
from features.readers.parquet_files import ParquetSource
from features.readers.raw_files import arrow_to_frame
from features.tables.column_conversion import normalize_word
from features.tables.data_end import VisitCounts, count_visit_dates
from features.tables.date_columns import DateDecision, decide_dates, join_time_of_day, refuse_questions
from features.tables.lead_labels import find_labels_end
from features.tables.leads_table import DECIDING_ROWS, decide_columns
from features.tables.tables import WholeTableFacts

__all__ = ["DecidedTables", "decide_tables"]


@dataclass(frozen=True)
class DecidedTables:
    """What was decided about the tables before any chunk of them is validated.

    Parameters
    ----------
    mapping : Mapping
        With the decisions about unmapped columns in it.
    notes : list of str
        One sentence for each decision.
    facts : WholeTableFacts
    """

    mapping: Mapping
    notes: list[str]
    facts: WholeTableFacts


def decide_tables(
    sources: dict[str, ParquetSource],
    locations: dict[str, str],
    mapping: Mapping,
    practice: Practice,
    size: int,
    facts: WholeTableFacts | None = None,
) -> DecidedTables:
    """Read what chunks of ``size`` leads need to know of the whole tables.

    Parameters
    ----------
    locations : dict
        Table -> where it is, for messages.
    facts : WholeTableFacts, optional
        Facts that are known already, such as the latest time of a run that goes on.

    Raises
    ------
    MappingError
        If the mapping does not match the headers, or a column's dates cannot be read with certainty.
    """
    for name, source in sources.items():
        mapping.check_headers(name, source.schema.names, locations[name], scoring=True)
    # These rows decide what an unmapped column is.
    head = sources["leads"].read_head(DECIDING_ROWS).frame.head(DECIDING_ROWS)
    deciding_rows = apply_answers(head, mapping.answers)
    mapping, notes = decide_columns(deciding_rows, mapping, scoring=True)
    scan = _SliceScan(sources, mapping, practice, size)
    decided = replace(facts or WholeTableFacts(), dates={name: scan.decide_dates(name) for name in sources})
    refuse_questions(locations, decided.dates)
    if "outcomes" in sources:
        decided = replace(decided, visits=scan.count_visits(decided.dates))
    if mapping.label_open_days is not None or mapping.label_initial:
        decided = replace(decided, data_end=scan.find_data_end(decided))
    return DecidedTables(mapping, notes, decided)


@dataclass(frozen=True)
class _SliceScan:
    """Reads single columns of the tables, slice by slice."""

    sources: dict[str, ParquetSource]
    mapping: Mapping
    practice: Practice
    size: int

    def decide_dates(self, name: str) -> dict[str, DateDecision]:
        """Decide how the dates of each column are written, from all rows."""
        headers = pd.DataFrame(columns=self.sources[name].schema.names)
        return decide_dates(name, headers, self.mapping, lambda header: self._collect_evidence(name, header))

    def _collect_evidence(self, name: str, header: str) -> DateEvidence:
        """Count what a column of dates shows, over all rows."""
        date_format = self.mapping.find_date_format(header, name)
        beside = None if date_format is None else date_format.time_column
        source, evidence = self.sources[name], DateEvidence()
        columns = [header] if beside is None or beside not in source.schema.names else [header, beside]
        for table, _, _ in source.iter_slices(ROWS_PER_LEAD * self.size, columns):
            values = join_time_of_day(arrow_to_frame(table), header, date_format)
            evidence += collect_evidence(values, self.mapping.missing_texts)
        return evidence

    def count_visits(self, dates: dict[str, dict[str, DateDecision]]) -> VisitCounts:
        """Count the bookings that are dated by their visit, over all rows of the outcomes."""
        source, counts = self.sources["outcomes"], VisitCounts()
        headers = self.mapping.match_headers("outcomes", source.schema.names)
        needed = {name: headers[name] for name in ("stage", "occurred_at", "recorded_at") if name in headers}
        if len(needed) < 3:
            return counts
        for table, _, _ in source.iter_slices(ROWS_PER_LEAD * self.size, list(dict.fromkeys(needed.values()))):
            frame = arrow_to_frame(table)
            occurred, recorded = (
                self._parse_times(dates["outcomes"], frame, needed[name], name == "recorded_at")
                for name in ("occurred_at", "recorded_at")
            )
            stages = to_text(frame[needed["stage"]], self.mapping.missing_texts)[0]
            booked = np.array([text is not None and normalize_word(text) == "booked" for text in stages], bool)
            counts += count_visit_dates(occurred, recorded, booked)
        return counts

    def find_data_end(self, facts: WholeTableFacts) -> np.datetime64 | None:
        """Return the latest arrival or known label over all rows of the leads; None without any."""
        source, ends = self.sources["leads"], []
        created_at = self.mapping.match_headers("leads", source.schema.names).get("created_at")
        # The day of a visit is planned, and no record.
        wanted = (created_at, None if self.mapping.label_initial else self.mapping.label_known_at)
        read_headers = [header for header in wanted if header is not None and header in source.schema.names]
        for table, _, _ in source.iter_slices(ROWS_PER_LEAD * self.size, list(dict.fromkeys(read_headers))):
            frame = arrow_to_frame(table)
            for header in read_headers:
                times = self._parse_times(facts.dates["leads"], frame, header, header != created_at)
                ends.append(find_labels_end(times, None, facts.latest))
        dated_ends = [end for end in ends if not np.isnat(end)]
        return max(dated_ends) if dated_ends else None

    def _parse_times(
        self, decisions: dict[str, DateDecision], frame: pd.DataFrame, header: str, day_ends: bool
    ) -> TimeArray:
        """Parse one column of dates as the table will."""
        date_format = decisions[header].date_format
        values = join_time_of_day(frame, header, date_format)
        return to_time(values, self.practice.zone, self.mapping.missing_texts, date_format, day_ends)[0]
