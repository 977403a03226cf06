"""How do we invent a whole practice, with its truth, and write it to a folder? One call: ``invent(leads, seed)``.

Lives here: the order in which the parts are drawn, the cut at the day of the export, the files.
Does not live here: any of the parts (see the package's list of files).

Every part has its own stream of random numbers, so the same arguments give the same bytes. Arrivals and the desk
continue for a month after the export, so that the last leads have the chances of an ordinary month; nothing of that
month is written.
"""

import json
import shutil
import uuid
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
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
    event_log,
    ground_truth,
    inquiries,
    lead_outcomes,
    locations,
    message_grammar,
    persons,
    seasonality,
    true_effects,
)
from features.synthetic.output_folder import refuse_to_overwrite, replace_folder
from features.synthetic.planted_story import Story

__all__ = ["DrawnInquiries", "SyntheticPractice", "draw_inquiries", "invent"]

PRACTICE_FILE = Path(__file__).parent / "practice.toml"
STEPS = 7
FORMATS = ("parquet", "csv")


@dataclass(frozen=True)
class SyntheticPractice:
    """An invented practice's data.

    Parameters
    ----------
    leads, events, outcomes, spend : DataFrame
        In the columns of ``features.schema``, times in UTC; ``leads`` has extra columns of the CRM.
    truth : DataFrame
        ``lead_id``, ``p_reached``, ``p_booked_when_reached``, ``p_booked_30d``, ``p_booked_30d_at_arrival``; see
        ``ground_truth``.
    practice_toml : str
    calls_per_hour : int
        The desk's capacity.
    stories : tuple of Story
        What was planted besides; see ``planted_stories``.
    """

    leads: pd.DataFrame
    events: pd.DataFrame
    outcomes: pd.DataFrame
    spend: pd.DataFrame
    truth: pd.DataFrame
    practice_toml: str = field(repr=False)
    calls_per_hour: int
    stories: tuple[Story, ...] = ()

    def write(self, directory: Path, format: str = "parquet") -> list[Path]:
        """Write the tables, ``practice.toml`` and ``truth/truth.parquet``, with stories ``truth/stories.json``; all of
        them, or nothing.

        An older invented practice in ``directory`` is replaced.

        Raises
        ------
        DataError
            If the format is unknown, or ``directory`` holds anything but an invented practice.
        """
        if format not in FORMATS:
            raise DataError(f"demo data: the format {format!r} is unknown. Choose one of: {', '.join(FORMATS)}.")
        directory = Path(directory)
        refuse_to_overwrite(directory)
        directory.parent.mkdir(parents=True, exist_ok=True)
        draft = directory.parent / f".{directory.name}.{uuid.uuid4().hex[:8]}.part"
        try:
            names = self._write_into(draft, format)
            replace_folder(draft, directory)
        finally:
            if draft.exists():
                shutil.rmtree(draft)
        return [directory / name for name in names]

    def _write_into(self, folder: Path, format: str) -> list[str]:
        """Write every file into a new folder; return their names."""
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
        names += ["practice.toml", "truth/truth.parquet"]
        if self.stories:
            names.append("truth/stories.json")
            text = json.dumps([asdict(story) for story in self.stories], indent=2)
            (folder / names[-1]).write_text(text + "\n", encoding="utf-8")
        return names


def invent(
    leads: int,
    seed: int,
    until: date = date(2026, 11, 1),
    months: int = 18,
    progress: Callable[[int, int], None] | None = None,
) -> SyntheticPractice:
    """Invent a practice with ``leads`` inquiries in the ``months`` before ``until``, the day of the export (excluded).

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
    drawn = draw_inquiries(leads, seed, until, months, step)
    practice, days, end, inquiry_table = drawn.practice, drawn.days, drawn.end, drawn.inquiries
    plan, calls_per_hour = _simulate_desk(drawn, seed)
    step()
    # The names of the streams seed them: another name would give another practice.
    courses = lead_outcomes.draw_courses(
        drawn.parameters, inquiry_table["created"].to_numpy(), drawn.returns_at, plan, _make_rng(seed, "course")
    )
    truth = _build_truth_table(drawn, plan, _make_rng(seed, "truth"))
    step()
    cut = _ExportCut(
        inquiry_table["lead_id"].to_numpy(object), arrivals.compute_export_time(days, end, practice), leads
    )
    outcomes = cut.select_outcomes(
        lead_outcomes.build_outcomes_table(inquiry_table, courses, practice, _make_rng(seed, "outcomes"))
    )
    events = cut.select_events(
        event_log.build_events_table(
            inquiry_table, drawn.parameters, plan, courses, practice.zone, _make_rng(seed, "traces")
        )
    )
    step()
    messages = message_grammar.compose_messages(inquiry_table.iloc[:leads], practice, drawn.area, seed)
    step()
    lead_table = crm_export.build_leads_table(
        inquiry_table.iloc[:leads], messages, practice, drawn.area, seed, _make_rng(seed, "records")
    )
    lead_table["crm_status_note"] = crm_export.draw_status_notes(leads, outcomes, _make_rng(seed, "notes"))
    is_drift = np.arange(end) >= end - seasonality.DRIFT_DAYS
    spend = crm_export.build_spend_table(days[:end], is_drift, leads / months, practice, _make_rng(seed, "spend"))
    spend = crm_export.draw_clicks(spend, _make_rng(seed, "clicks"))
    step()
    return SyntheticPractice(
        leads=_to_utc_types(lead_table),
        events=_to_utc_types(events),
        outcomes=_to_utc_types(cut.add_lead_ids(outcomes, schema.OUTCOMES)),
        spend=_to_utc_types(spend),
        truth=truth.iloc[:leads].reset_index(drop=True),
        practice_toml=PRACTICE_FILE.read_text(encoding="utf-8"),
        calls_per_hour=calls_per_hour,
    )


@dataclass(frozen=True)
class DrawnInquiries:
    """Everybody who inquires, before any desk has called anybody.

    Parameters
    ----------
    practice : Practice
    area : locations.CatchmentArea
    days, end : list of date, int
        Every simulated day, and how many of them come before the export.
    inquiries : DataFrame of shape (n, ...)
        As ``inquiries.describe_inquiries`` returns it, in order of time; ``created`` in seconds since 1970 UTC.
    parameters : ground_truth.LeadParameters
        What the formulas need.
    returns_at : ndarray of shape (n,)
        When each person returns by itself to book, seconds since 1970 UTC; inf never.
    """

    practice: Practice
    area: locations.CatchmentArea
    days: list[date]
    end: int
    inquiries: pd.DataFrame
    parameters: ground_truth.LeadParameters
    returns_at: np.ndarray


def draw_inquiries(
    leads: int, seed: int, until: date, months: int, step: Callable[[], None] = lambda: None
) -> DrawnInquiries:
    """Draw the inquiries of ``invent`` with the same arguments, and the truth behind them.

    Any other call desk can be simulated on them.
    """
    practice = read_practice(PRACTICE_FILE)
    days, end = arrivals.list_days(until, months)
    area = locations.build_catchment_area(practice)
    arrival_table = arrivals.draw_arrivals(leads, days, end, practice, _make_rng(seed, "arrivals"))
    step()
    people = persons.draw_people(int(arrival_table["person"].max()) + 1, practice, area, _make_rng(seed, "people"))
    described = inquiries.describe_inquiries(arrival_table, people, practice, area, _make_rng(seed, "inquiries"))
    described["duplicate"] = arrivals.flag_recognizable_repeats(described)
    parameters = true_effects.compute_lead_parameters(described, practice, call_desk_simulation.MAX_ATTEMPTS)
    step()
    returns_at = lead_outcomes.draw_return_times(parameters, described["created"].to_numpy(), _make_rng(seed, "alone"))
    return DrawnInquiries(practice, area, days, end, described, parameters, returns_at)


class _ProgressCounter:
    """Counts the steps and reports each to a progress callback."""

    def __init__(self, progress: Callable[[int, int], None] | None):
        self.progress, self.done = progress, 0

    def __call__(self) -> None:
        """Report that one more step is done."""
        self.done += 1
        if self.progress:
            self.progress(self.done, STEPS)


def _make_rng(seed: int, part: str) -> np.random.Generator:
    """Return the stream of random numbers of one part."""
    return np.random.default_rng([seed, zlib.crc32(part.encode())])


def _get_priority(inquiry_table: pd.DataFrame) -> np.ndarray:
    """Return the desk's priority of each inquiry's channel, 0 first."""
    return inquiry_table["channel"].map(call_desk_simulation.PRIORITY).fillna(0).to_numpy(int)


def _simulate_desk(drawn: DrawnInquiries, seed: int) -> tuple[call_desk_simulation.CallPlan, int]:
    """Return the desk's plan of attempts and its capacity; an answered call at arrival is the first of its lead."""
    parameters, days, zone = drawn.parameters, drawn.days, drawn.practice.zone
    per_hour = call_desk_simulation.compute_calls_per_hour(int((parameters.max_attempts > 0).sum()), days)
    when, period = call_desk_simulation.draw_call_slots(days, per_hour, zone, _make_rng(seed, "slots"))
    lead = {
        "created": drawn.inquiries["created"].to_numpy(),
        "returns_at": drawn.returns_at,
        "priority": _get_priority(drawn.inquiries),
        "max_attempts": parameters.max_attempts,
        "reach": parameters.reach,
        "prefers": parameters.prefers,
    }
    return call_desk_simulation.simulate_desk(lead, when, period, _make_rng(seed, "desk")), per_hour


def _build_truth_table(
    drawn: DrawnInquiries, plan: call_desk_simulation.CallPlan, rng: np.random.Generator
) -> pd.DataFrame:
    """Build the truth table, one row per lead."""
    parameters, created = drawn.parameters, drawn.inquiries["created"].to_numpy()
    delay = (plan.called_at - created[:, None]) / 3600.0
    actual_delay = delay.copy()
    actual_delay[parameters.at_once, 0] = 0.0
    local = seasonality.local_parts(created, drawn.practice.zone)
    hour = np.asarray(local.day_of_week) * 8 + np.asarray(local.hour) // 3
    priority = _get_priority(drawn.inquiries)
    month = np.asarray(local.year) * 12 + np.asarray(local.month)
    cells = [(month * 3 + priority) * 56 + hour, (month * 3 + priority) * 3 + _part_of_week(hour), priority * 56 + hour]
    at_arrival = ground_truth.estimate_booking_at_arrival(parameters, delay, plan.period, cells, rng)
    return pd.DataFrame(
        {
            "lead_id": drawn.inquiries["lead_id"],
            **ground_truth.compute_booking_probabilities(parameters, actual_delay, plan.period),
            "p_booked_30d_at_arrival": at_arrival,
        }
    )


def _part_of_week(hour: np.ndarray) -> np.ndarray:
    """Return 0 in a weekday's daytime, 1 in its night, 2 on the weekend; ``hour``: three-hour blocks from Monday on."""
    return np.where(hour >= 40, 2, np.where((hour % 8 >= 2) & (hour % 8 <= 5), 0, 1))


@dataclass(frozen=True)
class _ExportCut:
    """Cuts tables at the export: the first ``leads`` leads, what was known before ``end`` (seconds since 1970 UTC)."""

    lead_ids: np.ndarray
    end: float
    leads: int

    def select_outcomes(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return the outcomes recorded before the export, sorted by lead and time."""
        recorded = table[(table["row"] < self.leads) & (table["recorded_at"] < self.end)]
        return recorded.sort_values(["row", "occurred_at"], kind="stable", ignore_index=True)

    def select_events(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return the events before the export."""
        events = table[(table["row"] < self.leads) & (table["occurred_at"] < self.end)]
        return self.add_lead_ids(events, schema.EVENTS).astype({"reached": "boolean"})

    def add_lead_ids(self, table: pd.DataFrame, kind: schema.Table) -> pd.DataFrame:
        """Return ``table`` with lead ids in place of rows, in the columns of ``kind`` that the practice exports."""
        identified = table.assign(lead_id=self.lead_ids[table["row"].to_numpy()])
        # Like most CRMs, the invented one does not record who set an outcome.
        exported = [name for name in kind.by_name if name != "staff_id" or kind is not schema.OUTCOMES]
        return identified[exported].reset_index(drop=True)


def _to_utc_types(table: pd.DataFrame) -> pd.DataFrame:
    """Convert times in seconds to whole-second UTC timestamps, and text columns to the text type."""
    times = {
        name: pd.DatetimeIndex(np.floor(table[name].to_numpy(float)).astype("int64").astype("datetime64[s]"))
        .as_unit("us")
        .tz_localize("UTC")
        for name in ("created_at", "occurred_at", "recorded_at", "day")
        if name in table
    }
    texts = {name: table[name].astype("str") for name in table if table[name].dtype == object}
    return table.assign(**texts, **times)
