"""What does a reason cost? Our contributions against LightGBM's own, in CPU time a row, on the same trees and rows.

Run ``python -m tests.bench.contributions``. The ratio is what counts: both ways are timed in turn, so that a busy
machine slows both."""

import time
from collections.abc import Callable

import lightgbm
import numpy as np

from training.explain.tree_shap import FastTreeShap

MODELS = ((260, 16), (400, 31))
BATCHES = (1, 100, 10_000)
LIGHTGBM_ROWS = 100
COLUMNS = 80


def invented(trees: int, leaves: int, count: int = 10_000, seed: int = 7) -> tuple[lightgbm.Booster, np.ndarray]:
    """A model and rows like ours: yes and no, counts, measures, one category, a seventh unknown."""
    random = np.random.default_rng(seed)
    rows = random.normal(size=(count, COLUMNS))
    rows[:, :20] = rows[:, :20] > 0.5
    rows[:, 20:40] = np.round(rows[:, 20:40] * 3)
    rows[random.random(rows.shape) < 0.15] = np.nan
    rows[:, -1] = random.integers(0, 30, count)
    log_odds = (
        np.nan_to_num(rows[:, :40]) @ random.normal(size=40) * 0.2
        + np.sin(2 * np.nan_to_num(rows[:, 50]))
        + (rows[:, -1] % 3 == 0)
    )
    label = random.random(count) < 1 / (1 + np.exp(-log_odds))
    settings = {
        "objective": "binary",
        "num_leaves": leaves,
        "learning_rate": 0.05,
        "feature_fraction": 0.4,
        "num_threads": 1,
        "seed": seed,
        "verbosity": -1,
    }
    return lightgbm.train(settings, lightgbm.Dataset(rows, label, categorical_feature=[COLUMNS - 1]), trees), rows


def cpu_microseconds(work: Callable[[], object], rows: int, times: int) -> float:
    """Median CPU time a row."""
    taken = []
    for _ in range(times):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return float(np.median(taken)) / rows * 1e6


def main() -> None:
    """Print the table."""
    started = time.perf_counter()
    booster, rows = invented(2, 4, 500)
    made = time.perf_counter()
    small = FastTreeShap.from_model_text(booster.model_to_string())
    small.explain(rows[:1])
    small.explain(rows[:300])
    print(
        f"loops ready after {time.perf_counter() - made:.1f} s (compiled the first time, read from disk from then on); "
        f"data after {made - started:.1f} s"
    )
    print(
        f"{'trees x leaves':>15} {'rows':>7} {'ours, us a row':>15} {'LightGBM':>9} "
        f"{'ratio':>6} {'largest difference':>19}"
    )
    for trees, leaves in MODELS:
        booster, rows = invented(trees, leaves)
        model = FastTreeShap.from_model_text(booster.model_to_string())
        for count in BATCHES:
            some, few = rows[:count], rows[: min(count, LIGHTGBM_ROWS)]
            ours = cpu_microseconds(
                lambda model=model, some=some: model.explain(some), count, 5 if count > 1000 else 15
            )
            theirs = cpu_microseconds(
                lambda booster=booster, few=few: booster.predict(few, pred_contrib=True, num_threads=1), len(few), 3
            )
            gap = np.abs(
                model.explain(few).parts - booster.predict(few, pred_contrib=True, num_threads=1)[:, :-1]
            ).max()
            print(
                f"{f'{trees} x {leaves}':>15} {count:>7,} {ours:>15.1f} {theirs:>9.0f} "
                f"{theirs / ours:>6.1f} {gap:>19.1e}"
            )


if __name__ == "__main__":
    main()
