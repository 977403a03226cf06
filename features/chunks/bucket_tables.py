"""What are the validated tables of one bucket? Those that the whole tables have of its leads.

Lives here: reading a bucket's rows and validating them by what the whole tables show; the report of all buckets.
Does not live here: what is in a folder of buckets (``bucket_folder``), what the whole tables show
(``whole_table_facts``), what must be known of all leads before one is scored (``point_in_time.practice_records``).
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from features.array_types import CHUNK_LEADS
from features.chunks.bucket_folder import BucketManifest, BucketSource
from features.chunks.bucket_writer import open_table
from features.chunks.chunk_reports import ChunkReports
from features.chunks.whole_table_facts import decide_tables
from features.errors import DataError
from features.mapping.column_answers import apply_answers
from features.mapping.column_mapping import Mapping
from features.practice.practice import Practice
from features.readers.parquet_files import ParquetSource
from features.readers.partitioned_files import describe_parts, join_parts
from features.readers.raw_files import read_frame
from features.tables.row_identity import find_copies, select_rows
from features.tables.table_report import collect_notes
from features.tables.tables import Tables, WholeTableFacts, validate_tables

__all__ = ["BucketReader"]


@dataclass(frozen=True)
class BucketReader:
    """Reads the validated tables of any bucket of a folder; the same in every process.

    Parameters
    ----------
    folder : Path
    manifest : BucketManifest
    mapping : Mapping
        With the decisions about unmapped columns in it.
    notes : tuple of str
        One sentence for each decision.
    practice : Practice
    facts : WholeTableFacts
        What only the whole tables show.
    """

    folder: Path
    manifest: BucketManifest
    mapping: Mapping
    notes: tuple[str, ...]
    practice: Practice
    facts: WholeTableFacts

    @classmethod
    def open(cls, folder: Path, mapping: Mapping, practice: Practice, latest: np.datetime64) -> "BucketReader":
        """Decide about the tables of a folder of buckets.

        Parameters
        ----------
        latest : datetime64
            The latest time that can have been recorded by now.

        Raises
        ------
        DataError
            If the buckets were made by another column of ids, or other missing texts, than the mapping names.
        """
        manifest = BucketManifest.read(folder)
        sources = _open_sources(folder, manifest)
        for name, source in sources.items():
            header, made_by = mapping.match_headers(name, source.schema.names).get("lead_id"), manifest.tables[name]
            if header != made_by.id_header or tuple(sorted(mapping.missing_texts)) != manifest.missing_texts:
                raise DataError(
                    f"buckets: {str(folder)!r} has the rows of {name} by their column {made_by.id_header!r}, and the "
                    f"model's mapping has {header!r}, or other texts for no value. Make the buckets again with this "
                    "model (leadlight bucket --model) or this mapping."
                )
        locations = {name: table.location for name, table in manifest.tables.items()}
        facts = WholeTableFacts(latest=latest)
        decided = decide_tables(sources, locations, mapping, practice, CHUNK_LEADS, facts)
        return cls(folder, manifest, decided.mapping, tuple(decided.notes), practice, decided.facts)

    def read(self, bucket: int) -> tuple[Tables, dict[str, int]]:
        """Return the tables of one bucket, with their validators; and the rows of each that an earlier file has too."""
        raws, repeated_rows = {}, {}
        for name, source in _open_buckets(self.folder, self.manifest).items():
            raw = source.read_bucket(bucket)
            again = find_copies(raw)
            repeated_rows[name] = int(again.sum())
            raws[name] = select_rows(raw, ~again) if again.any() else raw
        if "leads" in raws:
            raws["leads"] = replace(raws["leads"], frame=apply_answers(raws["leads"].frame, self.mapping.answers))
        if not bucket and "spend" in self.manifest.tables:
            raws["spend"] = join_parts(_list_spend_files(self.folder, self.manifest), read_frame)
        locations = {name: table.location for name, table in self.manifest.tables.items()}
        return validate_tables(raws, locations, self.mapping, self.practice, True, self.facts), repeated_rows

    def report(self, reports: ChunkReports, repeated_rows: dict[str, int]) -> str:
        """Report what ``Tables.report`` does, for all buckets together.

        Raises
        ------
        DataError
            If more than half of a table's rows are rejected, or too few rows found their lead.
        """
        tables = self.manifest.tables
        reports.require_enough_rows(
            {name: table.location for name, table in tables.items()}, self.mapping.allow_unmatched
        )
        merged = reports.merge()
        file_notes = {name: self._describe_files(name, repeated_rows.get(name, 0)) for name in merged}
        row_notes = {name: notes for name, (_, notes) in merged.items()}
        data, unread = Path(self.manifest.data), list(self.manifest.unread_files)
        # The queries were used where the rows come from a database.
        mapping = replace(self.mapping, sql={}) if self.manifest.from_database else self.mapping
        return reports.format(collect_notes(data, mapping, unread, file_notes, list(self.notes), row_notes))

    def _describe_files(self, name: str, repeated_rows: int) -> tuple[str, ...]:
        """Return the notes on the files of a table."""
        table = self.manifest.tables[name]
        if name == "spend":
            return join_parts(_list_spend_files(self.folder, self.manifest), read_frame).notes
        if len(table.files) == 1:
            return table.notes
        return describe_parts(tuple(map(Path, table.files)), table.headers, table.notes, repeated_rows)


def _open_buckets(folder: Path, manifest: BucketManifest) -> dict[str, BucketSource]:
    """Open the tables that are in buckets."""
    return {name: BucketSource.open(folder, name, table) for name, table in manifest.tables.items() if table.segments}


def _open_sources(folder: Path, manifest: BucketManifest) -> dict[str, ParquetSource]:
    """Open all tables, those without leads too."""
    sources: dict[str, ParquetSource] = dict(_open_buckets(folder, manifest))
    if "spend" in manifest.tables:
        sources["spend"] = open_table("spend", _list_spend_files(folder, manifest))
    return sources


def _list_spend_files(folder: Path, manifest: BucketManifest) -> tuple[Path, ...]:
    """List the copies of the files of spend."""
    return tuple(folder / "spend" / Path(file).name for file in manifest.tables["spend"].files)
