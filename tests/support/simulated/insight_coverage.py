"""In how many of 100 invented practices does each interval hold the truth?

Run it as ``python -m tests.support.simulated.insight_coverage``.

Lives here: measuring it, the table. Does not live here: the practices (``simulated_practices``), the bounds that a test
holds it to (``tests.serving.insights.test_interval_coverage``).

An interval of a count is measured where it says something: where at least five more are expected.
"""

import sys
from collections import defaultdict
from dataclasses import replace

import numpy as np

from features.practice.display_formats import LocalFormats
from serving.insights.attribution.touch_removal import estimate_removal
from serving.insights.booking_changes import explain_change, find_months, fit_change_model
from serving.insights.clicks import tabulate_clicks
from serving.insights.cohorts import build_ripening, count_cohorts, estimate_rates, forecast_groups
from serving.insights.columns.categories import Categories
from serving.insights.columns.lead_columns import SpendColumns
from serving.insights.comparisons.field_change_table import estimate_bookings_change
from serving.insights.comparisons.field_changes import estimate_change, find_field_changes
from serving.insights.comparisons.field_completeness import estimate_difference, select_asked
from serving.insights.estimates import Estimate
from serving.insights.follow_up.tries import tabulate_tries
from serving.insights.funnel import forecast_months
from serving.insights.money import compute_costs, sum_spend
from serving.insights.outlook.booking_forecast import DAYS_AHEAD, forecast_bookings, take_lead_times
from serving.insights.outlook.outlook_errors import (
    DAYS_BETWEEN,
    MOST_FORECASTS,
    Window,
    estimate_window,
    forecast_the_past,
)
from serving.insights.practice_checks.group_rates import compare_groups
from serving.insights.practice_checks.like_with_like import compare_within
from serving.insights.practice_checks.rule_value import compare_with_score, estimate_rule_gain
from serving.insights.practice_checks.score_value import estimate_gain
from serving.insights.response import BAND_NAMES, estimate_by_band, select_comparable
from serving.insights.staff_effects import compare_staff
from serving.insights.staffing.one_more_person import BookingRates, estimate_gains
from serving.insights.staffing.phone_load import PhoneLoad
from serving.insights.weekly_costs import list_weeks, number_weeks, tabulate_weeks
from tests.support.simulated.practice_columns import to_columns
from tests.support.simulated.simulated_forms import simulate_forms
from tests.support.simulated.simulated_journeys import simulate_journeys, to_journeys
from tests.support.simulated.simulated_orders import simulate_orders
from tests.support.simulated.simulated_phones import simulate_phones
from tests.support.simulated.simulated_practices import CHANNELS, MONTH, simulate
from tests.support.simulated.simulated_waits import simulate_missed, simulate_tries, simulate_waits
from tests.support.simulated.weekly_ads import simulate_daily_ads

__all__ = ["as_of_earlier", "format_table", "measure_coverage", "to_tried"]

LEAST_EXPECTED = 5
OUTLOOK_WINDOWS = {"1 week": Window(0, 7), "4 weeks": Window(0, 28), "8 weeks": Window(0, 56)}


class Tally:
    """Hits and widths of each figure."""

    def __init__(self):
        self.hits, self.widths = defaultdict(list), defaultdict(list)

    def add(self, name, estimate, truth):
        if isinstance(estimate, Estimate) and estimate.is_known:
            self.hits[name].append(estimate.low <= truth <= estimate.high)
            self.widths[name].append((estimate.high - estimate.low) / max(abs(truth), 1e-9))


def measure_coverage(seeds) -> Tally:
    """Measure every figure with an interval in one practice for each seed."""
    tally = Tally()
    for seed in seeds:
        world = simulate(seed)
        columns, rng = to_columns(world), np.random.default_rng(seed)
        ripening = build_ripening(columns, rng)
        for measure in (
            _measure_finals,
            _measure_rates_and_money,
            _measure_changes,
            _measure_people_and_waits,
            _measure_outlooks,
        ):
            measure(tally, world, columns, ripening, rng)
        _measure_removals(tally, seed)
        _measure_weekly_ads(tally, seed, columns)
        _measure_orders(tally, seed)
        _measure_forms(tally, seed, columns, rng)
        _measure_phones(tally, seed)
        _measure_weeks(tally, world, columns, ripening)
        _measure_waits(tally, seed)
        _measure_tries(tally, seed, columns)
        _measure_missed(tally, seed)
    return tally


def _measure_finals(tally, world, columns, ripening, rng):
    channel = columns.categories["channel"].codes
    for stage, final in (("booked", world.truth.final_booked), ("treated", world.truth.final_treated)):
        for name, group, groups in (("all", np.zeros(len(columns), int), 1), ("by channel", channel, len(CHANNELS))):
            cohorts = count_cohorts(columns, ripening[stage], group)
            forecast = forecast_groups(cohorts, ripening[stage], groups, rng, columns.current_month - 11)
            for cell in np.flatnonzero(~cohorts.is_ripe).tolist():
                if forecast.monthly[cell] - cohorts.known[cell] >= LEAST_EXPECTED:
                    of_cell = (columns.month == cohorts.month[cell]) & (group == cohorts.group[cell])
                    tally.add(
                        f"{stage} in the end, one month, {name}", forecast.monthly_estimates[cell], final[of_cell].sum()
                    )
            for code in range(groups):
                recent = (group == code) & (columns.month > columns.current_month - 12)
                known = columns.has(stage)[recent].sum()
                if forecast.final[code].value - known >= LEAST_EXPECTED:
                    tally.add(f"{stage} in the end, 12 months, {name}", forecast.final[code], final[recent].sum())


def _measure_rates_and_money(tally, world, columns, ripening, rng):
    group = columns.categories["channel"]
    rates = estimate_rates(count_cohorts(columns, ripening["booked"], group.codes), len(CHANNELS))
    costs = compute_costs(columns, ripening, group, sum_spend(columns, "channel", group.names), rng)
    truth = world.truth
    for code, name in enumerate(CHANNELS):
        tally.add("booking rate of a channel", rates[code], truth.channel_rate[name])
        tally.add("cost per inquiry", costs["lead"][name], truth.lead_cost[name])
        tally.add("cost per booking", costs["booked"][name], truth.channel_cost[name])
        tally.add("cost per treated patient", costs["treated"][name], truth.treated_cost[name])
        tally.add("return on spending", costs["return"][name], truth.returned[name])
    for name, _, _, rate, price, _ in tabulate_clicks(columns, "channel").rows:
        tally.add("click rate", rate, truth.click_rate[name])
        tally.add("cost per click", price, truth.click_price[name])


def _measure_changes(tally, world, columns, ripening, rng):
    ripe = np.flatnonzero(columns.age_days >= ripening["booked"].ripe_days)
    model = fit_change_model(columns, ripe, rng)
    draws = {month: drawn for month, (_, drawn) in forecast_months(columns, ripening, rng)["booked"].items()}
    change = explain_change(columns, model, draws, find_months(columns), rng)
    if change is not None:
        for part in ("volume", "mix", "response", "conversion"):
            tally.add(f"change of bookings: {part}", change.parts[part], world.truth.change[part])
        tally.add("change of bookings: in the end", change.in_the_end, world.truth.change["total"])
        later, before = (
            world.truth.final_booked[columns.month == month].sum() - columns.has("booked")[columns.month == month].sum()
            for month in find_months(columns)
        )
        if later >= LEAST_EXPECTED:
            tally.add("change of bookings: ripeness", change.parts["ripeness"], before - later)


def _measure_people_and_waits(tally, world, columns, ripening, rng):
    ripe_days = ripening["booked"].ripe_days
    ripe = np.flatnonzero(columns.age_days >= ripe_days)
    for name, *_, effect in compare_staff(columns, ripe, rng):
        tally.add("bookings of a person above expected", effect, 100 * world.truth.staff[name])
    bands = estimate_by_band(columns, select_comparable(columns, ripe_days), rng)
    for band, name in enumerate(BAND_NAMES):
        tally.add("booking rate of a waiting band", bands[name], world.truth.band_rate[band])


def _measure_outlooks(tally, world, columns, ripening, rng):
    # What was known eight weeks ago, and what has come since.
    then = as_of_earlier(take_lead_times(columns, ripening["booked"].ripe_days), DAYS_AHEAD)
    months = np.zeros(MOST_FORECASTS * DAYS_BETWEEN + DAYS_AHEAD, int)
    forecast = forecast_bookings(then, 0.0, months[-DAYS_AHEAD:])
    if forecast is None:
        return
    past = forecast_the_past(then, months)
    for name, window in OUTLOOK_WINDOWS.items():
        estimate = estimate_window(forecast, past, then, window).to_estimate()
        tally.add(f"bookings to come, {name}", estimate, then.count_booked(window.first, window.last))


def as_of_earlier(times, days):
    """The times on the clock of an earlier moment; what came since is on it, too, and a forecast must not use it."""
    return replace(times, arrived=times.arrived + days, booked=times.booked + days)


def _measure_removals(tally, seed):
    # By turns, touches add to the chance of a booking and multiply its odds; journeys from 3,000 to 20,000.
    world = simulate_journeys(seed, (3_000, 8_000, 20_000)[seed % 3], multiplies=bool(seed % 2))
    journeys = to_journeys(world)
    for name, removal in zip(journeys.names, estimate_removal(journeys, {}), strict=True):
        tally.add("bookings missing without a touch", removal.bookings, world.brings[name])


def _measure_weekly_ads(tally, seed, columns):
    ads = simulate_daily_ads(seed)
    row = tabulate_clicks(spend_daily(columns, ads), "channel").rows[0]
    tally.add("click rate, by week", row[3], ads.click_rate)
    tally.add("cost per click, by week", row[4], ads.price)


def spend_daily(columns, ads):
    """The columns of a practice with the spending of these days, on its second channel."""
    day = columns.as_of_day - ads.days_ago
    names = {"channel": np.full(len(day), columns.categories["channel"].names[1], object)}
    counts = {"clicks": ads.clicks, "impressions": ads.impressions}
    return replace(columns, spend=SpendColumns((day // MONTH).astype(int), day, ads.amount, names, counts))


def _measure_orders(tally, seed):
    orders = simulate_orders(seed)
    columns, rows = OrderColumns(orders), np.arange(len(orders.month))
    tally.add("bookings more in order of the score", estimate_gain(columns, rows), orders.gain)
    tally.add("score against rule", compare_with_score(columns, rows), orders.top_gain / 100)
    tally.add("rule against others", estimate_rule_gain(columns, orders.fits, rows).difference, orders.rule_gain)


class OrderColumns:
    """What the figures of orders and rules read of the columns."""

    def __init__(self, orders):
        self.month, self.in_arrival_order = orders.month, orders.arrival.astype(float)
        self.first_log_odds, self.rule_matches = orders.log_odds, {"fits": orders.fits}
        self._booked = orders.booked

    def __len__(self):
        return len(self.month)

    def has(self, stage):
        return self._booked


def to_form_columns(columns, forms):
    """The columns of a practice with the leads of these forms in the place of its own."""
    n = len(forms.day)
    yes_no = {name: Categories(np.where(has, 1, 0), ("no", "yes")) for name, has in (("gave payer_id", forms.gave),)}
    keen = Categories(forms.keen.astype(int), ("no", "yes"))
    known = {"booked": np.where(forms.booked, 3.0, np.nan)}
    return replace(
        columns,
        lead_ids=np.array([f"F{i}" for i in range(n)], object),
        day=forms.day,
        month=forms.day // 30,
        age_days=(forms.days - forms.day).astype(float),
        stage_days=known,
        known_days=known,
        categories={"form": Categories(forms.form, ("/a", "/b", "/c"))},
        attributes={"keen": keen} | yes_no,
        as_of_day=forms.days,
        current_month=forms.days // 30,
        person=np.arange(n),
    )


def _measure_forms(tally, seed, columns, rng):
    forms = simulate_forms(seed)
    columns = to_form_columns(columns, forms)
    (change,) = find_field_changes(columns)
    moved = estimate_change(change.count(change.own), change.count(change.others), change.is_after)
    tally.add("change of inquiries where a form changed", moved, forms.inquiries)
    tally.add(
        "change of bookings where a form changed", estimate_bookings_change(columns, change, 30.0), forms.bookings
    )
    rows = select_asked(columns, np.flatnonzero(columns.age_days >= 30), forms.gave)
    estimate, _ = estimate_difference(columns, rows, "payer_id", forms.gave, rng)
    tally.add("bookings more with a field", estimate, forms.difference)


def _measure_phones(tally, seed):
    phones = simulate_phones(seed)
    slots = len(phones.people)
    load = PhoneLoad(np.arange(slots), phones.calls, phones.missed, phones.people, np.ones(slots), phones.talk)
    rates = BookingRates(phones.answered_bookings, phones.missed_bookings)
    gains = estimate_gains(load, rates, np.random.default_rng(seed))
    if isinstance(gains, str):
        return
    tally.add("patience of callers", gains.patience_minutes, phones.patience)
    for i, (fewer, bookings) in enumerate(zip(gains.fewer_missed, gains.bookings, strict=True)):
        of = "all half hours" if i == slots else "a half hour"
        tally.add(f"calls that one more person catches, {of}", fewer, phones.fewer[i])
        tally.add(f"bookings that one more person brings, {of}", bookings, phones.bookings[i])


def _measure_weeks(tally, world, columns, ripening):
    # Money that was spent day by day, so that each week has some.
    days = np.arange(columns.as_of_day)
    amount = np.random.default_rng(len(days)).uniform(50, 400, len(days))
    columns = replace(columns, spend=SpendColumns((days // MONTH).astype(int), days, amount))
    table = tabulate_weeks(columns, ripening["booked"], LocalFormats(), np.random.default_rng(7))
    for week, row in zip(list_weeks(columns), table.rows, strict=True):
        of_week = number_weeks(columns.day) == week
        final = world.truth.final_booked[of_week].sum()
        if row[4].is_known and row[4].value - row[3] >= LEAST_EXPECTED and final:
            tally.add("booked in the end, one week", row[4], final)
            tally.add("cost per booking of a week", row[6], row[1] / final)


def _measure_waits(tally, seed):
    waits = simulate_waits(seed)
    group = Categories(waits.group, ("a", "b", "c"))
    alike = compare_within(group, waits.stratum, waits.soon, np.arange(len(waits.group)))
    tally.add("answered within the hour, on like inquiries", alike["a"], 100 * waits.difference)


def to_tried(columns, tries):
    """The columns of a practice with the leads of these tries in the place of its own."""
    n = len(tries.month)
    days = {"booked": tries.booked_days}
    return replace(
        columns,
        lead_ids=np.arange(n).astype(object),
        month=tries.month,
        age_days=np.full(n, 90.0),
        stage_days=days,
        known_days=days,
        first_booked_days=tries.booked_days,
        lost_days=np.full(n, np.nan),
        lost_reason=np.full(n, None, object),
        answered_live=np.zeros(n, bool),
        do_not_contact=np.zeros(n, bool),
        try_days=tries.days,
        categories={},
    )


def _measure_tries(tally, seed, columns):
    tries = simulate_tries(seed)
    table = tabulate_tries(to_tried(columns, tries), np.arange(len(tries.month)))
    for row, truth in zip(table.rows, tries.rates, strict=False):
        tally.add("booked after a try", row[3], truth)


def _measure_missed(tally, seed):
    half_hour, day, missed, shares = simulate_missed(seed)
    slots = Categories(half_hour, tuple(map(str, range(len(shares)))))
    rates = compare_groups(slots, day // 28, missed, np.arange(len(missed)))
    for rate, share in zip(rates, shares, strict=True):
        tally.add("share of calls missed, a half hour", rate.rate, share)


def format_table(tally: Tally) -> str:
    """Format the shares of 100 as a Markdown table."""
    lines = ["| figure | intervals | hold the truth, of 100 |", "| --- | --- | --- |"]
    lines += [f"| {name} | {len(hits):,} | {100 * np.mean(hits):.1f} |" for name, hits in sorted(tally.hits.items())]
    return "\n".join(lines)


if __name__ == "__main__":
    print(format_table(measure_coverage(range(int(sys.argv[1]) if len(sys.argv) > 1 else 120))))
