"""An invented practice as the insights see it: what is known on its last day, and nothing later."""

import numpy as np

from serving.insights.attribution.journeys import Touches
from serving.insights.columns.categories import Categories
from serving.insights.columns.lead_columns import LeadColumns, SpendColumns
from serving.insights.columns.phone_calls import PhoneCalls
from tests.support.simulated.simulated_practices import CHANNELS, MONTH, PAYERS, SERVICES, STAFF, Practice

__all__ = ["to_columns"]


def to_columns(world: Practice) -> LeadColumns:
    """Return the columns that an export on the last day would give."""
    n, age = len(world.arrived), world.as_of - world.arrived
    stages = {
        "reached": world.booked_days,
        "qualified": world.booked_days,
        "booked": world.booked_days,
        "attended": world.attended_days,
        "treated": world.treated_days,
    }
    known = {stage: days + world.recording_days for stage, days in stages.items()}
    seen = {stage: days <= age for stage, days in known.items()}
    channel = Categories(world.channel, CHANNELS)
    service, payer = Categories(world.service, SERVICES), Categories(world.payer, PAYERS)
    nothing = np.full(n, np.nan)
    names = np.array(CHANNELS, object)[world.spend_channel]
    return LeadColumns(
        lead_ids=np.array([f"L{i}" for i in range(n)], object),
        arrived_at=np.datetime64("2025-01-01", "us") + (world.arrived * 86_400_000_000).astype("timedelta64[us]"),
        month=world.month.astype(np.int64),
        day=world.arrived.astype(np.int64),
        hour=((world.arrived % 1) * 24).astype(np.int64),
        weekday=(world.arrived % 7).astype(np.int64),
        age_days=age,
        stage_days={stage: np.where(seen[stage], days, np.nan) for stage, days in stages.items()},
        known_days={stage: np.where(seen[stage], days, np.nan) for stage, days in known.items()},
        first_booked_days=np.where(seen["booked"], world.booked_days, np.nan),
        heard_days=np.where(seen["reached"], world.booked_days, np.nan),
        final_days={"reached": 30.0, "qualified": 30.0, "booked": 30.0, "attended": 60.0, "treated": 90.0},
        value=np.where(seen["treated"], world.value, np.nan),
        lost_days=np.where(world.lost_days <= age, world.lost_days, np.nan),
        lost_reason=np.where(world.lost_days <= age, "price", None).astype(object),
        reason_doubted=nothing,
        categories={"channel": channel, "service": service},
        attributes={"channel": channel, "service": service, "payer": payer},
        response_minutes=np.where(world.response_minutes / 1440 <= age, world.response_minutes, np.nan),
        answered_live=np.zeros(n, bool),
        missed_minutes=nothing,
        called_back_minutes=nothing,
        came_back_minutes=nothing,
        audited={"payer": payer},
        marked_days=nothing,
        again_days=nothing,
        won_back_days=nothing,
        staff=Categories(world.staff, STAFF),
        spend=SpendColumns(
            world.spend_month,
            (world.spend_month * MONTH).astype(np.int64),
            world.spend_amount,
            {"channel": names},
            {"impressions": world.impressions, "clicks": world.clicks},
        ),
        as_of=np.datetime64("2025-01-01", "us") + np.timedelta64(int(world.as_of), "D"),
        as_of_day=int(world.as_of),
        day_share=float(world.as_of % 1),
        next_day=int(world.as_of),
        attempts=np.zeros(n),
        do_not_contact=np.zeros(n, bool),
        preferred_contact=np.full(n, None, object),
        current_month=int(world.as_of // MONTH),
        last_full_month=int(world.as_of // MONTH) - 1,
        person=np.arange(n),
        touches=Touches(np.empty(0, np.int64), np.empty(0)),
        first_log_odds=nothing,
        in_arrival_order=nothing,
        rule_matches={},
        calls=PhoneCalls.empty(),
        try_days=np.full((n, 6), np.nan),
    )
