"""How much is lost against simple models, and does the promise hold, in worlds that stand still, turn or answer late?

Run ``python -m tests.bench.worlds`` (four kinds of worlds, five of each; ``--worlds 1`` for a look). The worlds share
no code with the invented practice: a course seller's leads over 300 days, and those of the next 60 days, whose truth is
known. A model learns from what a file of day 300 would hold and scores the next leads as of their arrival, as trained
and at the level followed by the outcomes known by then. Beside it, on the same features: a logistic regression, and
LightGBM as it comes. Regret is what the better of the two has over ours.

    still      nothing changes
    turning    from day 260 on many more say yes, and one channel loses its meaning
    returning  a third of the people come again; who said no once tends to say no again
    late       answers take up to 60 days, a yes longer than a no: of the newest leads only the quick are known"""

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path

import lightgbm
import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.metrics import log_loss, roc_auc_score

from features.batch import Batch
from features.calendar.timezones import to_utc_times
from features.feature_matrix import compute_matrix
from features.mapping.column_mapping import Mapping
from features.point_in_time.outcomes import add_practice_records
from features.practice.practice import Practice
from features.tables.tables import Tables, read_tables
from training.bundle import LeadsSinceTraining
from training.bundle_assembly import assemble_bundle
from training.evaluation.cross_validation import cross_validate
from training.evaluation.metrics import Bootstrap, evaluate
from training.final_fit import fit_final
from training.model.baselines import predict_logistic_regression
from training.preparation import prepare
from training.settings import Settings

KINDS = ("still", "turning", "returning", "late")
DAYS, LATER_DAYS, LEADS_A_DAY = 300, 60, 14
SOURCES = ("fair", "search", "partner", "flyer", "webinar")
MAPPING = {
    "version": 1,
    "leads": {"lead_id": "no", "created_at": "asked", "person_id": "who"},
    "label": {"column": "signed", "booked": ["y"], "not_booked": ["n"], "known_at": "answered"},
    "custom": {"source": "category", "pages": "number", "income": "number", "employed": "yes_no", "region": "category"},
}


@dataclass(frozen=True)
class Outcome:
    """What one world showed: metric of ours as trained, followed, and of each peer; the verdict and its promise."""

    kind: str
    metrics: dict[str, tuple[float, float, float]]
    verdict: str
    promise_held: bool

    def regret(self, metric: int) -> float:
        """Return how far the better peer is ahead: of AUC (0) or log loss (1); below 0 we are."""
        sign = 1 if metric == 0 else -1
        peers = max(sign * self.metrics[name][metric] for name in ("logistic", "LightGBM"))
        return peers - sign * self.metrics["followed"][metric]


def invent_world(kind: str, seed: int) -> pd.DataFrame:
    """Invent the leads of 360 days with their answers, in the order of arrival."""
    random = np.random.default_rng([seed, KINDS.index(kind)])
    count = (DAYS + LATER_DAYS) * LEADS_A_DAY
    day = np.sort(random.uniform(0, DAYS + LATER_DAYS, count))
    source = random.choice(len(SOURCES), count, p=(0.1, 0.4, 0.2, 0.2, 0.1))
    pages, income = random.poisson(4, count), np.round(random.lognormal(10, 0.5, count))
    employed, region = random.random(count) < 0.6, random.integers(0, 9, count)
    pull = random.normal(0, 0.8, len(SOURCES))[source]
    place = random.normal(0, 0.3, 9)[region]
    log_odds = -1.6 + pull + 0.5 * np.log1p(pages) + 0.7 * (np.log(income) - 10) * employed + place
    who = np.arange(count)
    if kind == "returning":
        again = random.random(count) < 0.35
        who[again] = (who * random.random(count)).astype(int)[again]
        log_odds += random.normal(0, 1.2, count)[who]
    if kind == "turning":
        log_odds = np.where(day > 260, log_odds - pull + 1.1, log_odds)
    signed = random.random(count) < expit(log_odds)
    wait = random.exponential(3, count)
    if kind == "late":
        wait = np.minimum(random.exponential(np.where(signed, 22, 9)), 60)
    start = pd.Timestamp("2024-02-01")
    return pd.DataFrame(
        {
            "no": [f"A{number}" for number in range(count)],
            "asked": (start + pd.to_timedelta(day, unit="D")).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "who": [f"W{number}" for number in who],
            "source": np.array(SOURCES)[source],
            "pages": pages,
            "income": income,
            "employed": np.where(employed, "yes", "no"),
            "region": [f"R{number}" for number in region],
            "signed": np.where(signed, "y", "n"),
            "answered": (start + pd.to_timedelta(day + wait, unit="D")).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
    )


def read_world(frame: pd.DataFrame, folder: Path, name: str) -> Tables:
    """Read leads as a practice's file."""
    frame.to_csv(folder / name, index=False)
    return read_tables(folder / name, Mapping.from_dict(MAPPING), Practice())


def run_world(kind: str, seed: int, settings: Settings, folder: Path) -> Outcome:
    """Train on what a file of day 300 holds, and measure on the leads of the next 60 days."""
    frame = invent_world(kind, seed)
    end = (pd.Timestamp("2024-02-01") + pd.Timedelta(days=DAYS)).strftime("%Y-%m-%dT%H:%M:%SZ")
    tables = read_world(frame[frame["answered"] <= end], folder, "known.csv")
    run = prepare(tables, Practice(), settings)
    validation = cross_validate(run.data, run.rules, Practice().horizon_days)
    bundle = assemble_bundle(run, validation, fit_final(run, validation), tables.mapping, "world")
    everything = read_world(frame, folder, "later.csv")
    arrived = to_utc_times(everything.leads["created_at"])
    later = np.flatnonzero(arrived > np.datetime64(end.removesuffix("Z")))
    context = add_practice_records(bundle.context, everything, bundle.label)
    batch = Batch.from_tables(everything, later, arrived[later], context)
    matrix, label = compute_matrix(batch, run.data.signals), everything.label.to_numpy(float)[later]
    since_training = LeadsSinceTraining(bundle)
    since_training.add(everything, context)
    log_odds = bundle.score_rows(matrix, explain=False).log_odds
    level = since_training.follow_arrivals(arrived.max()).at(arrived[later])
    rows, known = run.data.rows, run.data.learning.label
    trees = lightgbm.train({"objective": "binary", "verbose": -1, "num_threads": 1}, lightgbm.Dataset(rows, known), 100)
    scores = {
        "as trained": expit(log_odds),
        "followed": expit(log_odds + level),
        "logistic": predict_logistic_regression(run.data.signals, rows, known, matrix),
        "LightGBM": np.asarray(trees.predict(matrix)),
    }
    promised = bundle.figures["scorers"]["Leadlight"]["auc"]
    auc = evaluate(label, scores["followed"], later, Bootstrap(100))["auc"]
    # Two intervals around the same truth: they touch.
    held = promised[1] <= auc.high and auc.low <= promised[2]
    metrics = {name: _measure(label, score) for name, score in scores.items()}
    return Outcome(kind, metrics, bundle.figures["verdict"]["verdict"], held)


def _measure(label: np.ndarray, probability: np.ndarray) -> tuple[float, float, float]:
    """Measure AUC, log loss and calibration error."""
    error = evaluate(label, probability, np.arange(len(label)), Bootstrap(2))["calibration_error"].value
    return float(roc_auc_score(label, probability)), float(log_loss(label, probability)), float(error)


def main() -> None:
    """Print one line for each world, then how many keep what is promised."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=5, help="of each kind")
    worlds = parser.parse_args().worlds
    settings = Settings(threads=1, most_trees=300, resamples=100)
    outcomes = []
    for kind in KINDS:
        for seed in range(worlds):
            with tempfile.TemporaryDirectory() as folder:
                outcome = run_world(kind, seed, settings, Path(folder))
            outcomes.append(outcome)
            parts = [f"{name} {a:.3f} / {loss:.3f} / {error:.3f}" for name, (a, loss, error) in outcome.metrics.items()]
            promise = "held" if outcome.promise_held else "BROKEN"
            print(f"{kind:9} {'; '.join(parts)}; {outcome.verdict}, promise {promise}", flush=True)
    good = sum(outcome.regret(0) < 0.005 and outcome.regret(1) < 0.01 for outcome in outcomes)
    calibrated = sum(outcome.metrics["followed"][2] < 0.05 for outcome in outcomes)
    false_ready = sum(outcome.verdict == "ready" and outcome.metrics["followed"][2] > 0.10 for outcome in outcomes)
    held = sum(outcome.promise_held for outcome in outcomes)
    print(
        f"{len(outcomes)} worlds: regret under .005 AUC and .01 log loss in {good}, calibration error under .05 in "
        f"{calibrated}, ready and off by more than .10 in {false_ready}, the promised AUC held in {held}."
    )


if __name__ == "__main__":
    main()
