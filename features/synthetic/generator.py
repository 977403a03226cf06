"""How do we invent a whole practice, with its truth, and write it to a folder? One call: ``invent(leads, seed)``.

Lives here: the order in which the parts are drawn, the cut at the day of the export, the files.
Does not live here: any of the parts (see the package's list of files).

Every part has its own stream of random numbers, so the same arguments give the same bytes. Arrivals go on for a month
after the export and the desk with them, so that the last leads' chances are those of an ordinary month; nothing of that
month is written."""

import shutil
import uuid
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from features import schema
from features.errors import DataError
from features.practice.practice import Practice
from features.practice_file.practice_toml import read_practice
from features.synthetic import (
    arrivals,
    call_desk_simulation,
    crm_export,
    enquiries,
    event_log,
    lead_outcomes,
    locations,
    message_grammar,
    persons,
    seasonality,
    true_effects,
)
from features.synthetic import ground_truth as truth

__all__ = ["DrawnEnquiries", "SyntheticPractice", "draw_enquiries", "invent"]

PRACTICE_FILE = Path(__file__).parent / "practice.toml"
STEPS = 7
FORMATS = ("parquet", "csv")
DEMO_FILES = {"leads", "events", "outcomes", "spend", "practice", "truth"}


@dataclass(frozen=True)
class SyntheticPractice:
    """An invented practice's data.

    Parameters
    ----------
    leads, events, outcomes, spend : DataFrame
        In the columns of ``features.schema``, times in UTC; ``leads`` has columns of the CRM's own besides.
    truth : DataFrame
        ``lead_id``, ``p_reached``, ``p_booked_when_reached``, ``p_booked_30d``, ``p_booked_30d_at_arrival``; see
        ``truth``.
    practice_toml : str
    calls_per_hour : int
        The desk's capacity.
    """

    leads: pd.DataFrame
    events: pd.DataFrame
    outcomes: pd.DataFrame
    spend: pd.DataFrame
    truth: pd.DataFrame
    practice_toml: str = field(repr=False)
    calls_per_hour: int

    def write(self, directory: Path, format: str = "parquet") -> list[Path]:
        """Write the tables, ``practice.toml`` and ``truth/truth.parquet``; all of them, or nothing.

        An older invented practice in ``directory`` is replaced.

        Raises
        ------
        DataError
            If the format is not known, or ``directory`` holds anything else than an invented practice.
        """
        if format not in FORMATS:
            raise DataError(f"demo data: the format {format!r} is not known. Choose one of: {', '.join(FORMATS)}.")
        directory = Path(directory)
        _refuse_to_overwrite(directory)
        directory.parent.mkdir(parents=True, exist_ok=True)
        draft = directory.parent / f".{directory.name}.{uuid.uuid4().hex[:8]}.part"
        try:
            names = self._write_into(draft, format)
            _replace_folder(draft, directory)
        finally:
            if draft.exists():
                shutil.rmtree(draft)
        return [directory / name for name in names]

    def _write_into(self, folder: Path, format: str) -> list[str]:
        """Write every file into a new folder; their names."""
        (folder / "truth").mkdir(parents=True)
        names = []
        for table in schema.TABLES:
            frame: pd.DataFrame = getattr(self, table)
            names.append(f"{table}.{format}")
            if format == "csv":
                frame.to_csv(folder / names[-1], index=False, lineterminator="\n")
            else:
                frame.to_parquet(folder / names[-1], index=False)
        self.truth.to_parquet(folder / "truth" / "truth.parquet", index=False)
        (folder / "practice.toml").write_text(self.practice_toml, encoding="utf-8")
        return [*names, "practice.toml", "truth/truth.parquet"]


def _refuse_to_overwrite(directory: Path) -> None:
    """DataError unless ``directory`` is absent, empty, or an invented practice."""
    if not directory.exists():
        return
    found = sorted(directory.iterdir()) if directory.is_dir() else None
    known = found is not None and {path.name.split(".")[0] for path in found} <= DEMO_FILES
    if not known or (found and not (directory / "truth" / "truth.parquet").exists()):
        raise DataError(
            f"demo data: {str(directory)!r} exists and is not an invented practice (no truth/truth.parquet, or other files). "
            "Nothing was written. Name a new or empty folder."
        )


def _replace_folder(draft: Path, directory: Path) -> None:
    """Put ``draft`` in the place of ``directory``; the old one goes only when the new one stands."""
    old = draft.with_suffix(".old")
    if not directory.exists():
        draft.rename(directory)
        return
    directory.rename(old)
    try:
        draft.rename(directory)
    except OSError:
        old.rename(directory)
        raise
    shutil.rmtree(old)


def invent(
    leads: int,
    seed: int,
    until: date = date(2026, 11, 1),
    months: int = 18,
    progress: Callable[[int, int], None] | None = None,
) -> SyntheticPractice:
    """An invented practice with ``leads`` enquiries in the ``months`` before ``until``, the day of the export (not
    included).

    Parameters
    ----------
    leads : int, at least 1
    seed : int
    progress : callable(done, total), optional

    Raises
    ------
    DataError
        If there is not at least one lead and one month.

    >>> world = invent(40, seed=7, months=3)
    >>> len(world.leads), list(world.truth.columns)[1:]
    (40, ['p_reached', 'p_booked_when_reached', 'p_booked_30d', 'p_booked_30d_at_arrival'])
    """
    if leads < 1 or months < 1:
        raise DataError(f"demo data: found {leads} leads in {months} months, expected at least 1 of each.")
    step = _ProgressCounter(progress)
    drawn = draw_enquiries(leads, seed, until, months, step)
    practice, around, days, end, asked, values, leaves = (getattr(drawn, one.name) for one in fields(drawn))
    plan, per_hour = _simulate_desk(asked, values, leaves, days, practice, seed)
    step()
    taken = lead_outcomes.draw_courses(values, asked["created"].to_numpy(), leaves, plan, _make_rng(seed, "course"))
    known = _build_truth_table(asked, values, plan, practice, _make_rng(seed, "truth"))
    step()
    cut = _ExportCut(asked["lead_id"].to_numpy(object), arrivals.compute_export_time(days, end, practice), leads)
    outcomes = cut.outcomes(lead_outcomes.build_outcomes_table(asked, taken, practice, _make_rng(seed, "outcomes")))
    events = cut.events(event_log.build_events_table(asked, values, plan, taken, practice.zone, _make_rng(seed, "traces")))
    step()
    message = message_grammar.compose_messages(asked.iloc[:leads], practice, around, seed)
    step()
    table = crm_export.build_leads_table(asked.iloc[:leads], message, practice, around, seed, _make_rng(seed, "records"))
    table["crm_status_note"] = crm_export.draw_status_notes(leads, outcomes, _make_rng(seed, "notes"))
    spend = crm_export.build_spend_table(
        days[:end], np.arange(end) >= end - seasonality.DRIFT_DAYS, leads / months, practice, _make_rng(seed, "spend")
    )
    step()
    frames = (_to_utc_types(frame) for frame in (table, events, cut.named(outcomes, schema.OUTCOMES), spend))
    return SyntheticPractice(
        *frames, known.iloc[:leads].reset_index(drop=True), PRACTICE_FILE.read_text(encoding="utf-8"), per_hour
    )


@dataclass(frozen=True)
class DrawnEnquiries:
    """Everybody who enquires, before any desk has called anybody.

    Parameters
    ----------
    days, end : list of date, int
        Every day that is played, and how many of them come before the export.
    asked : DataFrame of shape (n, ...)
        As ``enquiries.describe`` has it, in order of time; ``created`` in seconds since 1970 UTC.
    values : truth.Lead
        What the formulas need.
    leaves : ndarray of shape (n,)
        When each comes back alone to book, seconds since 1970 UTC; inf never.
    """

    practice: Practice
    around: locations.CatchmentArea
    days: list[date]
    end: int
    asked: pd.DataFrame
    values: truth.LeadParameters
    leaves: np.ndarray


def draw_enquiries(leads: int, seed: int, until: date, months: int, step: Callable[[], None] = lambda: None) -> DrawnEnquiries:
    """The enquiries of ``invent`` with the same arguments, and the truth behind them: what a desk of one's own can be
    played on.
    """
    practice, days, end = read_practice(PRACTICE_FILE), *arrivals.list_days(until, months)
    around = locations.build_catchment_area(practice)
    came = arrivals.draw_arrivals(leads, days, end, practice, _make_rng(seed, "arrivals"))
    step()
    who = persons.draw_people(int(came["person"].max()) + 1, practice, around, _make_rng(seed, "people"))
    asked = enquiries.describe_enquiries(came, who, practice, around, _make_rng(seed, "enquiries"))
    asked["duplicate"] = arrivals.flag_recognizable_repeats(asked)
    values = true_effects.compute_lead_parameters(asked, practice, call_desk_simulation.MAX_ATTEMPTS)
    step()
    return DrawnEnquiries(
        practice,
        around,
        days,
        end,
        asked,
        values,
        lead_outcomes.draw_return_times(values, asked["created"].to_numpy(), _make_rng(seed, "alone")),
    )


class _ProgressCounter:
    """Counts the steps to whom it concerns."""

    def __init__(self, progress: Callable[[int, int], None] | None):
        self.progress, self.done = progress, 0

    def __call__(self) -> None:
        """One more step is done."""
        self.done += 1
        if self.progress:
            self.progress(self.done, STEPS)


def _make_rng(seed: int, part: str) -> np.random.Generator:
    """The stream of random numbers of one part."""
    return np.random.default_rng([seed, zlib.crc32(part.encode())])


def _simulate_desk(
    asked: pd.DataFrame, values: truth.LeadParameters, leaves: np.ndarray, days: list[date], practice: Practice, seed: int
) -> tuple[call_desk_simulation.CallPlan, int]:
    """The desk's plan of attempts, an answered call at arrival being the first of its lead; and the desk's capacity."""
    per_hour = call_desk_simulation.compute_calls_per_hour(int((values.most > 0).sum()), days)
    when, period = call_desk_simulation.draw_call_slots(days, per_hour, practice.zone, _make_rng(seed, "slots"))
    lead = {
        "created": asked["created"].to_numpy(),
        "leaves": leaves,
        "priority": asked["channel"].map(call_desk_simulation.PRIORITY).fillna(0).to_numpy(int),
        "most": values.most,
        "reach": values.reach,
        "prefers": values.prefers,
    }
    return call_desk_simulation.simulate_desk(lead, when, period, _make_rng(seed, "desk")), per_hour


def _build_truth_table(
    asked: pd.DataFrame,
    values: truth.LeadParameters,
    plan: call_desk_simulation.CallPlan,
    practice: Practice,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """The truth table, one row per lead."""
    created = asked["created"].to_numpy()
    delay = (plan.at - created[:, None]) / 3600.0
    own = delay.copy()
    own[values.at_once, 0] = 0.0
    local = seasonality.local_parts(created, practice.zone)
    hour = np.asarray(local.day_of_week) * 8 + np.asarray(local.hour) // 3
    priority, month = (
        asked["channel"].map(call_desk_simulation.PRIORITY).fillna(0).to_numpy(int),
        np.asarray(local.year) * 12 + np.asarray(local.month),
    )
    cells = [(month * 3 + priority) * 56 + hour, (month * 3 + priority) * 3 + _part_of_week(hour), priority * 56 + hour]
    return pd.DataFrame(
        {
            "lead_id": asked["lead_id"],
            **truth.compute_booking_probabilities(values, own, plan.period),
            "p_booked_30d_at_arrival": truth.estimate_booking_at_arrival(values, delay, plan.period, cells, rng),
        }
    )


def _part_of_week(hour: np.ndarray) -> np.ndarray:
    """0 in a weekday's daytime, 1 in its night, 2 on the week-end; ``hour`` counts three-hour blocks from Monday."""
    return np.where(hour >= 40, 2, np.where((hour % 8 >= 2) & (hour % 8 <= 5), 0, 1))


@dataclass(frozen=True)
class _ExportCut:
    """The export: only the first ``leads`` leads, and only what was known before ``end``, seconds since 1970 UTC."""

    lead_ids: np.ndarray
    end: float
    leads: int

    def outcomes(self, table: pd.DataFrame) -> pd.DataFrame:
        """What was recorded before the export, sorted by lead and time."""
        kept = table[(table["row"] < self.leads) & (table["recorded_at"] < self.end)]
        return kept.sort_values(["row", "occurred_at"], kind="stable", ignore_index=True)

    def events(self, table: pd.DataFrame) -> pd.DataFrame:
        """What happened before the export."""
        return self.named(table[(table["row"] < self.leads) & (table["occurred_at"] < self.end)], schema.EVENTS).astype(
            {"reached": "boolean"}
        )

    def named(self, table: pd.DataFrame, kind: schema.Table) -> pd.DataFrame:
        """``table`` with lead ids in place of rows, in the columns of ``kind``."""
        return table.assign(lead_id=self.lead_ids[table["row"].to_numpy()])[list(kind.by_name)].reset_index(drop=True)


def _to_utc_types(table: pd.DataFrame) -> pd.DataFrame:
    """``table`` with its times, in seconds, as whole-second UTC timestamps, and its texts as text."""
    times = {
        name: pd.DatetimeIndex(np.floor(table[name].to_numpy(float)).astype("int64").astype("datetime64[s]"))
        .as_unit("us")
        .tz_localize("UTC")
        for name in ("created_at", "occurred_at", "recorded_at", "day")
        if name in table
    }
    texts = {name: table[name].astype("str") for name in table if table[name].dtype == object}
    return table.assign(**texts, **times)
