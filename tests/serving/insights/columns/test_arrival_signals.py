"""Does a batch of some leads read the same of them as one of all leads?"""

import numpy as np

from features.calendar.timezones import to_utc_times
from features.feature_matrix import compute_matrix, select_supported_signals
from features.point_in_time.context import Context
from serving.insights.columns.arrival_signals import build_arrival_batch


def test_some_leads_read_as_they_do_among_all(demo_tables, demo_practice):
    arrived_at, context = to_utc_times(demo_tables.leads["created_at"]), Context(demo_practice)
    names = ("asks_for_appointment", "payer_accepted", "distance_outside_area", "attempts_made")
    given = [name for name in demo_tables.leads if demo_tables.leads[name].notna().any()]
    signals = [signal for signal in select_supported_signals(given, True, context) if signal.name in names]
    rows = np.arange(len(demo_tables.leads))
    some = rows[::7]
    whole, part = (
        compute_matrix(build_arrival_batch(demo_tables, chosen, arrived_at[chosen], context), signals)
        for chosen in (rows, some)
    )

    assert len(signals) >= 3
    np.testing.assert_array_equal(whole[some], part)
