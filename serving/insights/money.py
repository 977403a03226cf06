"""What does a booking cost, and a treated patient, by channel and by campaign? Spending against what the leads bring.

Lives here: cost per lead, booking and treated patient, return on spending, with intervals.
Does not live here: what open leads will bring (``open_lead_outlook``), which channel caused a booking (no figure here
says that).
"""

from collections.abc import Sequence

import numpy as np

from features.array_types import FloatArray, IntArray
from serving.insights.cohorts import StageRipening, count_cohorts, forecast_groups
from serving.insights.columns.categories import ALL_LEADS, Categories
from serving.insights.columns.lead_columns import LeadColumns, SpendColumns, format_month
from serving.insights.estimates import MIN_MONTHS, Estimate, cannot_tell, estimate_ratio
from serving.insights.figure_tables import Cell, Column, FigureTable, take_columns
from serving.insights.report_sections import DEFAULT_MONTHS

__all__ = ["compute_costs", "describe_order", "describe_wait", "sum_by_period", "sum_spend", "tabulate_money"]

STAGES = ("booked", "treated")
_NOBODY = {"lead": "no inquiry", "booked": "no booking", "treated": "nobody treated"}


def compute_costs(
    columns: LeadColumns,
    ripening: dict[str, StageRipening],
    group: Categories,
    spend: FloatArray,
    rng: np.random.Generator,
    months: int = DEFAULT_MONTHS,
) -> dict[str, dict[str, Estimate]]:
    """Compute the costs of each group.

    Parameters
    ----------
    group : Categories
        Of the leads, shape (n,).
    spend : float array of shape (groups, months)
        Money of each of the last months; the last one is the current month.

    Returns
    -------
    dict
        "lead", "booked", "treated" -> group -> money for each; "return" -> revenue per money spent. Unknown where fewer
        than three months had spending.
    """
    width, first = len(group.names), columns.current_month - months + 1
    since = columns.month >= first
    month = columns.month - first
    cell = group.codes[since] * months + month[since]

    def by_month(weights: FloatArray | None = None) -> FloatArray:
        chosen = None if weights is None else weights[since]
        return np.bincount(cell, chosen, minlength=width * months).reshape(width, months).astype(float)

    leads = by_month()
    brought, extra = {"lead": leads}, {"lead": np.zeros(width)}
    for stage in STAGES:
        cohorts = count_cohorts(columns, ripening[stage], group.codes)
        forecast = forecast_groups(cohorts, ripening[stage], width, rng, first)
        final = np.zeros((width, months))
        kept = cohorts.month >= first
        final[cohorts.group[kept], cohorts.month[kept] - first] = forecast.monthly[kept]
        brought[stage] = final
        total = np.maximum(final.sum(axis=1), 1e-9)
        extra[stage] = forecast.draws.var(axis=1) / total**2
    costs: dict[str, dict[str, Estimate]] = {name: {} for name in (*brought, "return")}
    value = np.nan_to_num(columns.value)
    revenue, squares = by_month(value), by_month(value**2)
    # Revenue comes late: of months that are old enough for all of theirs.
    newest = columns.month[columns.age_days < ripening["treated"].ripe_days]
    is_over = np.arange(months) < (int(newest.min()) - first if len(newest) else months)
    for i, name in enumerate(group.names):
        paid = spend[i] > 0
        wait = describe_wait(paid, first)
        for outcome, counts in brought.items():
            if wait:
                costs[outcome][name] = cannot_tell(wait)
            elif not np.isfinite(counts).all():
                costs[outcome][name] = ripening[outcome].explain_unknown()
            else:
                costs[outcome][name] = _cost(spend[i], counts[i], paid, float(extra[outcome][i]), outcome)
        costs["return"][name] = _return(spend[i], revenue[i], squares[i], paid & is_over, ripening["treated"].ripe_days)
    return costs


def describe_wait(is_active: np.ndarray, first_month: int) -> str:
    """Say how many months of spending are still missing, and when they can be there; empty where none is.

    Parameters
    ----------
    is_active : bool array of shape (months,)
        Whether there is spending; the last month is the current one.
    first_month : int
        Months since January 1970.

    >>> describe_wait(np.array([False, True, True]), 681)
    '2 of the 3 months with spending that it takes; from Jan 2027 on if spending goes on'
    """
    count = int(is_active.sum())
    if count >= MIN_MONTHS:
        return ""
    if not count:
        return "no spending in these months"
    last = first_month + len(is_active) - 1
    earliest = last + MIN_MONTHS - count - (0 if is_active[-1] else 1)
    return (
        f"{count} of the {MIN_MONTHS} months with spending that it takes; from {format_month(earliest)} on if spending "
        "goes on"
    )


def _cost(spend: FloatArray, counts: FloatArray, paid: np.ndarray, extra: float, outcome: str) -> Estimate:
    """Return money per outcome over the months with spending."""
    if counts[paid].sum() < 1:
        return cannot_tell(f"{_NOBODY[outcome]} in the months with spending")
    return estimate_ratio(spend[paid], counts[paid], 1 / counts[paid].sum(), extra)


def _return(
    spend: FloatArray, revenue: FloatArray, squares: FloatArray, paid: np.ndarray, ripe_days: float
) -> Estimate:
    """Return revenue per money spent."""
    count = int(paid.sum())
    if count < MIN_MONTHS:
        return cannot_tell(
            f"{count} of the {MIN_MONTHS} months that it takes have spending and are {ripe_days:.0f} days past, as "
            "late as revenue comes"
        )
    if revenue[paid].sum() <= 0:
        return cannot_tell("no revenue is recorded in these months: record value with the outcome treated")
    return estimate_ratio(revenue[paid], spend[paid], float(squares[paid].sum() / revenue[paid].sum() ** 2))


def sum_spend(
    columns: LeadColumns,
    dimension: str,
    names: Sequence[str],
    months: int = DEFAULT_MONTHS,
    amounts: FloatArray | None = None,
) -> FloatArray:
    """Sum the money of each group and month, or other ``amounts`` of the same rows. Shape (groups, months).

    Money of other names is left out.
    """
    spend = columns.spend
    month = spend.month - (columns.current_month - months + 1)
    return sum_by_period(spend, dimension, names, (month, months), spend.amount if amounts is None else amounts)


def sum_by_period(
    spend: SpendColumns, dimension: str, names: Sequence[str], period: tuple[IntArray, int], amounts: FloatArray
) -> FloatArray:
    """Sum amounts of rows of spending by name and period. Shape (names, periods).

    Parameters
    ----------
    period : (int array of shape (m,), int)
        The period of each row, and how many there are; rows of others are left out.
    """
    of_row, count = period
    total = np.zeros((len(names), count))
    if dimension not in spend.names:
        return total
    position = {name: i for i, name in enumerate(names)}
    rows = np.array([position.get(name, -1) for name in spend.names[dimension].tolist()], np.int64)
    kept = (rows >= 0) & (of_row >= 0) & (of_row < count)
    np.add.at(total, (rows[kept], of_row[kept]), amounts[kept])
    return total


def tabulate_money(
    columns: LeadColumns,
    ripening: dict[str, StageRipening],
    dimension: str,
    rng: np.random.Generator,
    months: int = DEFAULT_MONTHS,
) -> FigureTable:
    """Tabulate spending and costs by channel or campaign, the largest spending first."""
    group = columns.categories[dimension]
    spend = sum_spend(columns, dimension, group.names, months)
    everything = Categories(np.zeros(len(columns), np.int64), (ALL_LEADS,))
    costs = compute_costs(columns, ripening, group, spend, rng, months)
    totals = compute_costs(columns, ripening, everything, spend.sum(axis=0)[None], rng, months)
    recent = columns.month > columns.current_month - months
    leads = np.bincount(group.codes[recent], minlength=len(group.names))
    order = [i for i in np.argsort(-spend.sum(axis=1), kind="stable").tolist() if spend[i].sum() > 0]

    def line(name: str, of: dict[str, dict[str, Estimate]], money: float, count: int) -> tuple[Cell, ...]:
        return (name, money, count, *(of[outcome][name] for outcome in ("lead", "booked", "treated", "return")))

    lines = [line(group.names[i], costs, float(spend[i].sum()), int(leads[i])) for i in order]
    if lines:
        lines.insert(0, line(ALL_LEADS, totals, float(spend.sum()), int(recent.sum())))
    notes = [f"The last {months} months. Inquiries of sources without spending count among all inquiries only."]
    notes += describe_order({group.names[i]: costs["treated"][group.names[i]] for i in order}, "a treated patient")
    columns_shown = (
        Column(dimension, dimension.capitalize(), "text", f"The {dimension} the money was spent on."),
        Column("spend", "Spent", "money", "Money spent in these months."),
        Column("leads", "Inquiries", "count", "Inquiries in these months.", counts_people=True),
        Column("per_lead", "Per inquiry", "money", "Money for each inquiry, in the long run."),
        Column(
            "per_booking",
            "Per booking",
            "money",
            "Money for each booking in the end; open inquiries count by what they are expected to bring.",
            rests_on=("leads", "booked"),
        ),
        Column(
            "per_treated",
            "Per treated patient",
            "money",
            "Money for each treated patient in the end; open inquiries count by what they are expected to bring.",
            rests_on=("leads", "treated"),
        ),
        Column(
            "return_on_spend",
            "Return per 1 spent",
            "ratio",
            "Revenue for each 1 spent, of the months that are old enough for all of their treatments.",
            rests_on=("leads", "treated"),
        ),
    )
    return FigureTable(
        f"money_by_{dimension}", f"Money by {dimension}", columns_shown, take_columns(lines), tuple(notes)
    )


def describe_order(costs: dict[str, Estimate], what: str) -> list[str]:
    """Say which sources can be told apart by their cost, and that the others cannot.

    >>> describe_order({"a": Estimate(10, 8, 12), "b": Estimate(30, 25, 40), "c": Estimate(11, 7, 15)}, "a patient")
    ['For a patient, a and c cost less than b: the intervals do not overlap. Where two ... which one is cheaper.']
    >>> describe_order({"a": Estimate(10, 8, 12), "b": Estimate(30, 25, 40)}, "a patient")
    ['For a patient, a costs less than b: the intervals do not overlap. Where two ... which one is cheaper.']
    >>> describe_order({"a": Estimate(10, 8, 12), "c": Estimate(11, 7, 15)}, "a patient")
    ['The data cannot tell which source is cheapest for a patient: the intervals overlap, and more months narrow them.']
    """
    known = {name: cost for name, cost in costs.items() if cost.is_known}
    if len(known) < 2:
        return []
    pairs = [(a, b) for a, low in known.items() for b, high in known.items() if low.high < high.low]
    if not pairs:
        return [
            f"The data cannot tell which source is cheapest for {what}: the intervals overlap, and more months narrow "
            "them."
        ]
    dearest = max({dear for _, dear in pairs}, key=lambda name: known[name].low)
    cheaper = sorted((cheap for cheap, dear in pairs if dear == dearest), key=lambda name: known[name].value)
    told = " and ".join(filter(None, [", ".join(cheaper[:-1]), cheaper[-1]]))
    cost = "cost" if len(cheaper) > 1 else "costs"
    return [
        f"For {what}, {told} {cost} less than {dearest}: the intervals do not overlap. Where two intervals overlap, "
        "the data cannot tell which one is cheaper."
    ]
