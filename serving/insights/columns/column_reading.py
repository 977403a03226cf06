"""How are the arrays read? Validated tables, of files or of the store, cut at the moment of the report.

Lives here: which rows count, days and months in the practice's time, money spent.
Does not live here: the arrays (``lead_columns``), what became of a lead (``lead_history``), names (``categories``),
reading tables (``features.tables``).
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from features.array_types import DAY, IntArray, TimeArray
from features.calendar.timezones import to_local_time, to_utc_times
from features.errors import DataError
from features.explain.plain_names import name_value
from features.practice.practice import Practice
from features.tables.tables import Tables
from serving.insights.attribution.journeys import find_people
from serving.insights.columns.audited_groups import read_audited
from serving.insights.columns.categories import (
    Namer,
    Resolver,
    read_attributes,
    read_dimensions,
    read_flag,
    read_own_attributes,
    read_text_column,
    rename_values,
)
from serving.insights.columns.checked_reasons import check_reasons
from serving.insights.columns.given_scores import GivenScore, align_scores
from serving.insights.columns.labeled_outcomes import date_labels, find_decided, has_labels_alone
from serving.insights.columns.lead_columns import FUNNEL, LeadColumns, SpendColumns
from serving.insights.columns.lead_history import (
    cut_history,
    find_after_loss,
    find_contacts,
    find_first_booked,
    find_heard,
    find_losses,
    find_marks,
    find_recorded_stages,
    find_staff,
    find_stages,
    find_tries,
    read_touches,
    sum_values,
)
from serving.insights.columns.phone_calls import read_calls
from serving.insights.columns.qualifying_rule import match_rule

__all__ = ["read_lead_columns", "read_named_columns"]

FINAL_AFTER_HORIZON = {"attended": 30.0, "treated": 60.0}
"""Days after the practice's horizon within which the later stages count; the others count within the horizon."""


def read_lead_columns(
    tables: Tables,
    practice: Practice,
    resolvers: dict[str, Resolver] | None = None,
    as_of: np.datetime64 | None = None,
    name_value: Namer = lambda value, dimension: value,
    given: Mapping[str, GivenScore] | None = None,
) -> LeadColumns:
    """Read the arrays from validated tables.

    Parameters
    ----------
    tables : Tables
    practice : Practice
        Gives the horizon, and the time zone of days and hours.
    resolvers : dict, optional
        "clinic" and "service" -> what finds the practice's own name for what people typed.
    as_of : datetime64[us], optional
        Nothing later is read; the end of the data when left out.
    name_value : callable, optional
        What channels, sources and campaigns are called; as in the data when left out.
    given : mapping, optional
        Lead -> its first score; none when left out.

    Raises
    ------
    DataError
        Without dates of arrival or without outcomes.
    """
    moment = _find_end(tables, as_of)
    rows, arrived_at = _select_arrived(tables, moment)
    leads = tables.leads.iloc[rows]
    final_days = {stage: practice.horizon_days + FINAL_AFTER_HORIZON.get(stage, 0.0) for stage in FUNNEL}
    recorded, label_decided = tables.outcomes, None
    if has_labels_alone(tables):
        recorded = date_labels(tables, practice.horizon_days)
        label_decided = find_decided(tables, rows, practice.horizon_days, moment)
    outcomes = cut_history(recorded, leads, arrived_at, moment)
    events = cut_history(tables.events, leads, arrived_at, moment)
    local = to_local_time(arrived_at, practice.timezone)
    end = to_local_time(np.array([moment]), practice.timezone)[0]
    # Data ends with its last row, which stands for a whole day; what a clock showed does not. The last instant of a
    # day, which is how a day is given, counts as its end.
    seen_until = end.astype("datetime64[D]") + 1 if as_of is None else end + np.timedelta64(1, "s")
    day = local.astype("datetime64[D]").astype(np.int64)
    stage_days, known_days = find_stages(outcomes, events, final_days, len(leads))
    ever_days, _ = find_stages(outcomes, events, dict.fromkeys(FUNNEL, np.inf), len(leads))
    try_days = find_tries(events, len(leads))
    lost_days, lost_reason = find_losses(outcomes, len(leads))
    lead_ids = leads["lead_id"].to_numpy(object)
    reason_doubted = check_reasons(tables, practice, leads, arrived_at, lost_reason)
    first_log_odds, in_arrival_order = align_scores(given or {}, lead_ids, arrived_at)
    return LeadColumns(
        lead_ids=lead_ids,
        arrived_at=arrived_at,
        month=_count_months(local),
        day=day,
        hour=(local - local.astype("datetime64[D]")).astype("timedelta64[h]").astype(np.int64),
        weekday=(day + 3) % 7,
        age_days=(moment - arrived_at) / DAY,
        stage_days=stage_days,
        known_days=known_days,
        final_days=final_days,
        first_booked_days=find_first_booked(outcomes, practice.timezone, len(leads)),
        heard_days=find_heard(events, ever_days["reached"], try_days[:, 0]),
        value=sum_values(outcomes, len(leads)),
        lost_days=lost_days,
        lost_reason=lost_reason,
        reason_doubted=reason_doubted,
        categories=read_dimensions(leads, resolvers or {}, name_value),
        attributes=read_attributes(leads, resolvers or {}, name_value),
        audited=read_audited(tables, practice, rows, arrived_at, name_value),
        marked_days=find_marks(outcomes, len(leads)),
        **find_after_loss(outcomes, events, lost_days),
        staff=find_staff(outcomes, events, len(leads)),
        spend=_read_spend(tables.spend, practice.timezone, moment, name_value),
        as_of=moment,
        as_of_day=int(end.astype("datetime64[D]").astype(np.int64)),
        day_share=float((end - end.astype("datetime64[D]")) / DAY),
        next_day=int((seen_until + np.timedelta64(12, "h")).astype("datetime64[D]").astype(np.int64)),
        current_month=int(_count_months(end)),
        last_full_month=int(_count_months(seen_until)) - 1,
        do_not_contact=read_flag(leads, "do_not_contact"),
        preferred_contact=read_text_column(leads, "preferred_contact"),
        person=find_people(leads, arrived_at),
        touches=read_touches(events, name_value),
        first_log_odds=first_log_odds,
        in_arrival_order=in_arrival_order,
        calls=read_calls(events.frame, events.lead, practice.timezone),
        rule_matches=match_rule(tables, practice, leads, arrived_at),
        try_days=try_days,
        own_attributes=read_own_attributes(leads, tables.custom),
        recorded_stages=find_recorded_stages(outcomes, events),
        label_decided=label_decided,
        **find_contacts(events, len(leads)),
    )


def read_named_columns(
    tables: Tables,
    practice: Practice,
    resolvers: dict[str, Resolver],
    as_of: np.datetime64 | None = None,
    given: Mapping[str, GivenScore] | None = None,
) -> LeadColumns:
    """Read the columns of validated tables, with channels, sources and campaigns as people call them.

    Parameters
    ----------
    given : mapping, optional
        Lead -> its first score, where the store of a desk knows it.
    """

    def name_for_people(value: str, dimension: str) -> str:
        return name_value(value, practice.words, dimension)

    return read_lead_columns(tables, practice, resolvers, as_of, name_for_people, given)


def _find_end(tables: Tables, as_of: np.datetime64 | None) -> np.datetime64:
    """Return the moment of the report; DataError where the tables hold no date."""
    _require_history(tables)
    latest = tables.as_of if as_of is None else as_of
    if latest is None:
        raise DataError(
            "insights: found no date in any table. Expected created_at of the leads; see leadlight inspect."
        )
    return latest.astype("datetime64[us]")


def _select_arrived(tables: Tables, moment: np.datetime64) -> tuple[IntArray, TimeArray]:
    """Return the rows of the leads that had arrived, and when; DataError without any."""
    arrived_at = tables.created_at
    rows = np.flatnonzero(arrived_at <= moment)
    if not len(rows):
        raise DataError(
            f"insights: no lead arrived before {str(moment)[:16]} UTC. Expected a moment within the data; change "
            "--as-of."
        )
    return rows, arrived_at[rows]


def _count_months(local: TimeArray) -> IntArray:
    """Return months since January 1970."""
    return local.astype("datetime64[M]").astype(np.int64)


def _require_history(tables: Tables) -> None:
    """Refuse tables that insights cannot be computed from: DataError."""
    if "created_at" not in tables.leads:
        raise DataError(
            "insights: the leads have no date of arrival. Expected created_at, since every figure here is of some "
            "months: map the column that holds it (leadlight inspect names the dates it finds); where none does, "
            "export the leads again with the date on which each came in."
        )
    if not len(tables.outcomes) and not has_labels_alone(tables):
        raise DataError(
            f"insights: found {len(tables.leads)} leads, no outcome and no label. Expected an outcomes table with "
            "dates (reached, booked, treated, lost), or a column that says who booked, named under [label] of the "
            "mapping (leadlight inspect proposes it)."
        )


def _read_spend(spend: pd.DataFrame, timezone: str, as_of: np.datetime64, name_value: Namer) -> SpendColumns:
    """Read the money spent up to ``as_of``."""
    if not len(spend):
        return SpendColumns(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    day = to_utc_times(spend["day"])
    rows = np.flatnonzero(day <= as_of)
    names = {
        name: rename_values(read_text_column(spend.iloc[rows], name), name, name_value)
        for name in ("channel", "campaign")
        if name in spend
    }
    local = to_local_time(day[rows], timezone)
    return SpendColumns(
        _count_months(local),
        local.astype("datetime64[D]").astype(np.int64),
        spend["amount"].to_numpy(float)[rows],
        names,
        {name: spend[name].to_numpy(float)[rows] for name in ("impressions", "clicks") if name in spend},
    )
