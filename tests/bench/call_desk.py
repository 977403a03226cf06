"""What is the working order worth? The call desk of the invented practice played with different orders: same leads,
same dice, same number of slots.

Run ``python -m tests.bench.call_desk`` (20 practices, half a minute each to make and longer to play; ``--worlds 3
--throws 1`` for a look). Every practice has 3,500 leads in 18 months and a model trained on the first 13; the last 5
months are played at three capacities, in calls for each lead to call: the invented practice itself has 2.05. The
settings were chosen on practices 1 to 4, and after a look at 101 to 113 a wish for another time of day gave way on an
idle desk (chosen on 1 to 4 again); so the figures that count are of practices from 115 on, which nobody had looked at.
Intervals are over practices, paired: each has its own leads, model and dice. A practice whose training is refused is
left out."""

import argparse
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from scipy.stats import t

from features.calendar.business_time import BusinessTime, LocalTimes
from features.calendar.timezones import to_local_time
from features.practice.queue_policy import QueuePolicy
from features.synthetic import seasonality
from tests.bench.desk_orders import Ours, largest, newest, oldest, own_desk, rules, score, true_gain
from tests.bench.desk_play import Dice, Order, Played, play, slots
from tests.bench.desk_world import DeskWorld, desk_world
from training.errors import TrainingError

CAPACITIES = {"scarce": 0.8, "normal": 1.4, "plenty": 2.05}
TARGET_MINUTES = 60
"""Of the desk's own hours; with so few calls in an hour nobody could promise fifteen minutes."""

FIRST_SEED = 115
_OPEN = BusinessTime.of((((seasonality.OPENS * 60, seasonality.CLOSES * 60),),) * 5 + ((),) * 2)
_GAIN = Ours(QueuePolicy(longest_wait_hours=8760.0), share=0.0, urgent=False, wishes=False)

ORDERS: dict[str, Order] = {
    "newest first": largest(newest),
    "oldest first": largest(oldest),
    "own desk": largest(own_desk),
    "rules score": largest(rules),
    "score": largest(score),
    "gain: chance only": replace(_GAIN, policy=replace(_GAIN.policy, cooling=0.0)),
    "gain: x decay by history": _GAIN,
    "gain: x decay by model": replace(_GAIN, policy=replace(_GAIN.policy, cooling=0.0, decay_weight=1.0)),
    "gain: x value": replace(_GAIN, policy=replace(_GAIN.policy, value_weight=1.0)),
    "gain, urgent first": replace(_GAIN, urgent=True),
    "working order": Ours(),
    "working order, share 0": Ours(share=0.0),
    "true chances": largest(true_gain),
}


def figures(world: DeskWorld, played: Played) -> dict[str, float]:
    """What one play is judged by."""
    months = (world.stop - world.start) / 86400 / 30.4
    urgent, called = world.lane[:, 0, 0] == "urgent", ~np.isnan(played.first_call)
    wait = _open_minutes(world, np.where(called, played.first_call, np.nan))
    return {
        "a month": played.booked.sum() / months,
        "per 100 calls": 100 * (played.booked.sum() - played.alone.sum()) / max(played.calls, 1),
        "calls": float(played.calls),
        "in target": float(np.mean(np.where(called, wait <= TARGET_MINUTES, False))),
        "urgent wait": float(np.median(_open_minutes(world, played.waited)[urgent]) / 60) if urgent.any() else np.nan,
        "never called": float(np.mean(~called)),
        "longest wait": float(played.waited.max()),
        "money": float(np.nansum(np.where(played.booked, world.value, np.nan))) / months,
    }


def _open_minutes(world: DeskWorld, hours: np.ndarray) -> np.ndarray:
    """Minutes in which the desk was open in so many hours after each arrival."""
    known = np.where(np.isnan(hours), 0.0, hours)
    first, last = (
        LocalTimes.of(to_local_time((seconds * 1e6).astype("int64").astype("datetime64[us]"), world.practice.timezone))
        for seconds in (world.created, world.created + known * 3600)
    )
    return np.where(np.isnan(hours), np.nan, _OPEN.minutes_between(first, last))


def measured(
    world: DeskWorld, orders: Mapping[str, Order], calls_per_lead: float, seed: int, throws: int = 1
) -> dict[str, dict[str, float]]:
    """Every order played on the same leads with the same dice, the mean of so many throws."""
    when, period = slots(world, calls_per_lead)
    dice = [Dice.of(world, seed + 1000 * throw) for throw in range(throws)]
    runs = {
        name: [figures(world, play(world, order, when, period, one)) for one in dice] for name, order in orders.items()
    }
    return {
        name: {figure: float(np.mean([one[figure] for one in each])) for figure in each[0]}
        for name, each in runs.items()
    }


def ahead(
    found: list[dict[str, dict[str, float]]], name: str, of: str, figure: str = "a month"
) -> tuple[float, float, float]:
    """How far one order is ahead of another, with the 95% interval over practices (t, paired)."""
    differences = np.array([one[name][figure] - one[of][figure] for one in found])
    mean, half = (
        differences.mean(),
        t.ppf(0.975, max(len(differences) - 1, 1)) * differences.std(ddof=1) / len(differences) ** 0.5
        if len(differences) > 1
        else np.nan,
    )
    return float(mean), float(mean - half), float(mean + half)


def table(found: list[dict[str, dict[str, float]]]) -> str:
    """One capacity as a table."""
    names = list(next(iter(found[0].values())))
    lines = [
        f"{'order':26}"
        + "".join(f"{name:>14}" for name in names)
        + f"{'ahead of newest, a month':>28}{'ahead of score, a month':>28}"
    ]
    for order in found[0]:
        mean = {name: float(np.nanmean([one[order][name] for one in found])) for name in names}
        said = "".join(f"{mean[name]:>14,.2f}" if mean[name] < 100 else f"{mean[name]:>14,.0f}" for name in names)
        lines.append(
            f"{order:26}{said}"
            + "".join(
                "{:>+10.2f} ({:+.2f} to {:+.2f})".format(*ahead(found, order, other)).rjust(28)
                for other in ("newest first", "score")
            )
        )
    return "\n".join(lines)


def main() -> None:
    """Print the tables."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--worlds", type=int, default=20)
    asked.add_argument("--throws", type=int, default=3, help="of the dice, for each practice")
    asked.add_argument("--leads", type=int, default=3500)
    asked.add_argument("--first", type=int, default=FIRST_SEED, help="seed of the first practice")
    given = asked.parse_args()
    found: dict[str, list] = {name: [] for name in CAPACITIES}
    for seed in range(given.first, given.first + given.worlds):
        try:
            world = desk_world(given.leads, seed)
        except TrainingError as refused:
            print(f"practice {seed} is left out: {str(refused).splitlines()[0]}", flush=True)
            continue
        for name, calls_per_lead in CAPACITIES.items():
            found[name].append(measured(world, ORDERS, calls_per_lead, seed, given.throws))
        print(f"practice {seed}: {len(world)} leads to call", flush=True)
    for name, calls_per_lead in CAPACITIES.items():
        print(
            f"\n{name}: {calls_per_lead:g} calls for each lead to call, {len(found[name])} practices\n"
            f"{table(found[name])}"
        )


if __name__ == "__main__":
    main()
