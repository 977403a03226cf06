"""How often does monitoring raise an alarm, with something to find and with nothing? Measured on invented months whose
truth is known.

Run ``python -m tests.bench.drift_alarms`` (400 runs; ``--runs 40`` for a look, ``--practice`` for the quiet months of
the invented practice too). A hundred signals: measures, yes and no, counts, categories, a tenth unknown in a third of
them; most stand still, sixteen move from month to month, grow or follow the season. A run invents 18 months and one
more. In half of the tables below nothing changes in the last; in the others one signal that stood still is changed so
that its population stability index is exactly 0.25 before chance."""

import argparse
from collections import Counter
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

from training.model.grades import Grades
from training.monitoring.control_limits import wilson_interval
from training.monitoring.feature_drift import measure_drift
from training.monitoring.monitor import LEVELS, compare_month
from training.monitoring.reference_profile import MONTH, MonthlyCounts, Reference, compute_month_figures

MONTHS = 18
NUMBERS, YES_NO, COUNTS, CATEGORIES = 44, 20, 10, 10
MOVING, MOVING_CATEGORIES, GROWING, SEASONAL = 6, 4, 3, 3
SIGNALS = NUMBERS + YES_NO + COUNTS + CATEGORIES + MOVING + MOVING_CATEGORIES + GROWING + SEASONAL
UNKNOWN = 0.10
SHIFT = 0.25
GRADES = Grades(0.5, 0.3, 0.15)
FIRST_DAY = np.datetime64("2025-05-01", "us")


@dataclass(frozen=True)
class World:
    """18 months and one more, in columns of the kinds above.

    Parameters
    ----------
    rows : float32 array of shape (leads, signals)
    month : int array of shape (leads,), the last one new
    log_odds, label : float arrays of shape (leads,)
    still : how the columns that stand still are drawn: column -> ("number",), ("yes/no", share) or ("category", shares)
    """

    rows: np.ndarray
    month: np.ndarray
    log_odds: np.ndarray
    label: np.ndarray
    category: np.ndarray
    still: dict[int, tuple]

    @property
    def new(self) -> np.ndarray:
        """The rows of the last month."""
        return self.rows[self.month == MONTHS]

    def reference(self) -> Reference:
        """What a bundle would remember of the first 18 months."""
        past = self.month < MONTHS
        spread = np.argsort(np.argsort(self.month[past], kind="stable"), kind="stable") / past.sum()
        arrived = FIRST_DAY + (spread * MONTHS * MONTH.astype("timedelta64[us]").astype(float)).astype(
            "timedelta64[us]"
        )
        learning = SimpleNamespace(
            arrival=np.ones(past.sum(), bool), moments=SimpleNamespace(cutoff=arrived), label=self.label[past]
        )
        signals = [SimpleNamespace(is_category=bool(one)) for one in self.category]
        return Reference.from_training(self.rows[past], signals, learning, self.log_odds[past], GRADES)


def invented(random: np.random.Generator, leads_a_month: int) -> World:
    """A world with nothing to find: its last month is drawn as the others were."""
    month = np.repeat(np.arange(MONTHS + 1), leads_a_month)
    n, columns, still = len(month), [], {}
    for _ in range(NUMBERS):
        still[len(columns)] = ("number",)
        columns.append(random.normal(size=n))
    for _ in range(YES_NO):
        share = random.uniform(0.05, 0.6)
        still[len(columns)] = ("yes/no", share)
        columns.append((random.random(n) < share).astype(float))
    columns += [random.poisson(random.uniform(0.3, 6), n).astype(float) for _ in range(COUNTS)]
    category = np.zeros(SIGNALS, bool)
    for _ in range(CATEGORIES):
        shares = random.dirichlet(np.full(random.integers(4, 20), 1.5))
        still[len(columns)], category[len(columns)] = ("category", shares), True
        columns.append(1.0 + random.choice(len(shares), n, p=shares))
    columns += [random.normal(size=n) + random.normal(0, 0.2, MONTHS + 1)[month] for _ in range(MOVING)]
    for _ in range(MOVING_CATEGORIES):
        shares = random.dirichlet(np.full(8, 1.5))
        category[len(columns)] = True
        every = np.array([random.dirichlet(shares * 60 + 0.1) for _ in range(MONTHS + 1)])
        columns.append(1.0 + (random.random(n)[:, None] > np.cumsum(every, axis=1)[month]).sum(axis=1).clip(0, 7))
    columns += [random.normal(size=n) + month * random.uniform(0.05, 0.5) for _ in range(GROWING)]
    columns += [month % 13.0, *(random.normal(size=n) + np.sin(2 * np.pi * month / 13) for _ in range(SEASONAL - 1))]
    rows = np.column_stack(columns).astype(np.float32)
    for column in range(0, SIGNALS, 3):
        rows[random.random(n) < UNKNOWN, column] = np.nan
    log_odds = random.normal(-1.1, 1.0, n)
    happens = 1 / (1 + np.exp(-(log_odds + random.normal(0, 0.1, MONTHS + 1)[month])))
    return World(rows, month, log_odds, (random.random(n) < happens).astype(float), category, still)


def changed(world: World, column: int, random: np.random.Generator) -> np.ndarray:
    """The new month's rows with one still column changed to an index of exactly 0.25."""
    rows, kind = world.new.copy(), world.still[column]
    unknown = np.isnan(rows[:, column])
    known = 1 - UNKNOWN if column % 3 == 0 else 1.0
    n = len(rows)
    if column % 3 == 0 and random.random() < 0.25:  # a field that is filled in less often
        share = brentq(lambda u: _index([UNKNOWN, 1 - UNKNOWN], [u, 1 - u]) - SHIFT, UNKNOWN, 0.9)
        rows[random.random(n) < (share - UNKNOWN) / (1 - UNKNOWN), column] = np.nan
        return rows
    if kind[0] == "number":
        tenths = norm.ppf(np.arange(1, 10) / 10)
        by = brentq(
            lambda by: known * _index(np.full(10, 0.1), np.diff(norm.cdf(tenths - by), prepend=0, append=1)) - SHIFT,
            0,
            3,
        )
        rows[:, column] += by * random.choice([-1, 1])
    elif kind[0] == "yes/no":
        share = brentq(lambda q: known * _index([kind[1], 1 - kind[1]], [q, 1 - q]) - SHIFT, kind[1], 1 - 1e-9)
        rows[:, column] = random.random(n) < share
    else:
        lean = random.normal(size=len(kind[1]))
        tilted = lambda by: (of := kind[1] * np.exp(by * lean)) / of.sum()  # noqa: E731
        by = brentq(lambda by: known * _index(kind[1], tilted(by)) - SHIFT, 0, 20)
        rows[:, column] = 1 + random.choice(len(lean), n, p=tilted(by))
    rows[unknown, column] = np.nan
    return rows


def _index(old: np.ndarray, new: np.ndarray) -> float:
    """The population stability index of two lists of shares, without any sampling."""
    old, new = np.clip(old, 1e-12, None), np.clip(new, 1e-12, None)
    return float(((new - old) * np.log(new / old)).sum())


def families_alarmed(world: World, reference: Reference) -> set[str]:
    """The families that raise an alarm about the last month."""
    new = world.month == MONTHS
    score = measure_drift(reference.score, world.log_odds[new, None], LEVELS["scores"])[0]
    _, late = compare_month(reference.months, compute_month_figures(world.log_odds[new], world.label[new], GRADES))
    inputs = any(one.alarm for one in measure_drift(reference.signals, world.rows[new], LEVELS["inputs"]))
    named = {"outcomes": "outcomes", "shift": "calibration", "slope": "calibration"}
    return {*(["inputs"] if inputs else []), *(["scores"] if score.alarm else []), *(named[one] for one in late)}


def alone(world: World, rows: np.ndarray, column: int) -> bool:
    """Whether the changed signal raises an alarm where it is the only one."""
    past = world.month < MONTHS
    past_rows = world.rows[past][:, [column]]
    counted = MonthlyCounts.from_rows(past_rows, world.category[[column]], world.month[past], MONTHS)
    return measure_drift(counted, rows[:, [column]], LEVELS["inputs"])[0].alarm


def measured(runs: int, leads_a_month: int, seed: int = 7) -> dict[str, int]:
    """Counts over the runs: quiet months with an alarm (by family, and any), changed signals found (alone, and among a
    hundred).
    """
    found: Counter[str] = Counter()
    for run in range(runs):
        random = np.random.default_rng([seed, leads_a_month, run])
        world = invented(random, leads_a_month)
        reference = world.reference()
        alarmed = families_alarmed(world, reference)
        found.update(alarmed)
        found["quiet month, any alarm"] += bool(alarmed)
        column = int(random.choice(list(world.still)))
        rows = changed(world, column, random)
        found["changed, found among all"] += measure_drift(reference.signals, rows, LEVELS["inputs"])[column].alarm
        found["changed, found alone"] += alone(world, rows, column)
    return dict(found)


def practice_months(
    seeds: tuple[int, ...] = (1, 2, 3, 4, 5), leads: int = 20_000, months: int = 30
) -> dict[str, Counter]:
    """Months of the invented practice, each against all before it: "quiet" and "drift" -> months, those with an alarm
    of inputs, signals that raised one.
    """
    import tempfile
    from datetime import date
    from pathlib import Path

    from features.mapping.column_mapping import Mapping
    from features.practice_file.practice_toml import read_practice
    from features.synthetic.generator import invent
    from features.synthetic.seasonality import DRIFT_DAYS
    from features.tables.tables import read_tables
    from training.pipeline import prepare
    from training.settings import Settings

    found = {"quiet": Counter(), "drift": Counter()}
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            invent(leads, seed, date(2026, 11, 1), months).write(Path(folder) / "data")
            practice = read_practice(Path(folder) / "data" / "practice.toml")
            tables = read_tables(Path(folder) / "data", Mapping.identity(), practice)
            data = prepare(tables, practice, Settings(moments_hours=(0,))).data
        arrived = data.learning.moments.cutoff
        drift = np.datetime64("2026-11-01") - np.timedelta64(
            DRIFT_DAYS, "D"
        )  # months are counted from here, so that one is wholly before or after
        month = ((arrived - drift) // MONTH).astype(int)
        month -= month.min()
        first = int(month[arrived >= drift].min())
        category = np.array([one.is_category for one in data.signals])
        for new in range(12, first + 1):
            past = month < new
            drifts = measure_drift(
                MonthlyCounts.from_rows(data.rows[past], category, month[past], new),
                data.rows[month == new],
                LEVELS["inputs"],
            )
            raised = [one.name for one, drift in zip(data.signals, drifts, strict=True) if drift.alarm]
            found["drift" if new == first else "quiet"].update(["months", *(["alarmed"] if raised else []), *raised])
    return found


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--practice", action="store_true")
    asked = parser.parse_args()
    for leads in (300, 600):
        found = measured(asked.runs, leads)
        print(f"{leads} leads a month, {SIGNALS} signals, {asked.runs} runs")
        for name in (
            "quiet month, any alarm",
            "inputs",
            "scores",
            "outcomes",
            "calibration",
            "changed, found among all",
            "changed, found alone",
        ):
            low, high = wilson_interval(np.array([found.get(name, 0)]), np.array([asked.runs]))
            print(
                f"  {name:28} {100 * found.get(name, 0) / asked.runs:5.1f} in 100  "
                f"[{100 * low[0]:.1f}, {100 * high[0]:.1f}]",
                flush=True,
            )
    if asked.practice:
        for kind, counts in practice_months().items():
            print(f"invented practice, {kind} months: {dict(counts)}")


if __name__ == "__main__":
    main()
