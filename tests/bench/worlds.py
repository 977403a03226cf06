"""How much is lost against simple models, and is the verdict true, in worlds that turn, answer late or leave gaps?

Run ``python -m tests.bench.worlds`` (sixteen kinds of worlds, two of each, see ``invented_worlds``; ``--worlds 1`` for
a look, ``--leads 600`` for practices with so few). A model learns by ``training.pipeline.train`` from the file of day
300, with the mapping that ``inspect`` proposes, and scores the leads of the next 60 days as of their arrival, at the
level followed by the answers known by then. Beside it, on the file's own columns: a logistic regression, LightGBM as
it comes, and LightGBM with few leaves stopped on the latest fifth. Regret is what the best of them has over ours. All
are measured on the true probabilities, so that chance does not decide."""

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path

import lightgbm
import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from features.batch import Batch
from features.calendar.timezones import to_utc_times
from features.feature_matrix import compute_matrix
from features.point_in_time.outcomes import add_practice_records
from features.practice.practice import Practice
from features.profiling.export_profile import propose_mapping
from features.tables.tables import Tables, read_tables
from tests.bench.invented_worlds import CATEGORIES, KINDS, LATER_KINDS, NUMBERS, InventedWorld, invent_world
from training.bundle import Bundle, LeadsSinceTraining
from training.pipeline import train
from training.settings import Settings

__all__ = ["Outcome", "run_world"]

PEERS = ("logistic", "LightGBM", "few leaves")


@dataclass(frozen=True)
class Outcome:
    """What one world showed: (AUC, log loss, calibration error) of ours as trained, followed, and of each peer.

    Parameters
    ----------
    kind : str
    metrics : dict
    verdict : {"ready", "borderline", "use the rules"}
    claimed_error : float
        The calibration error that training measured on its own held-out leads.
    """

    kind: str
    metrics: dict[str, tuple[float, float, float]]
    verdict: str
    claimed_error: float

    def regret(self, metric: int) -> float:
        """Return how far the best peer is ahead: of AUC (0) or log loss (1); below 0 we are."""
        sign = 1 if metric == 0 else -1
        return max(sign * self.metrics[name][metric] for name in PEERS) - sign * self.metrics["followed"][metric]

    @property
    def has_no_regret(self) -> bool:
        """Whether no peer is ahead by .005 of AUC or .01 of log loss."""
        return self.regret(0) < 0.005 and self.regret(1) < 0.01

    @property
    def is_false_ready(self) -> bool:
        """Whether the verdict said ready, and the calibration error was over .10."""
        return self.verdict == "ready" and self.metrics["followed"][2] > 0.10


def run_world(kind: str, seed: int, settings: Settings, folder: Path, leads: int | None = None) -> Outcome:
    """Train on what the file of day 300 holds, the newest ``leads`` or all, and measure on the next 60 days."""
    world = invent_world(kind, seed)
    if leads is not None:
        world = world.keep_newest(leads)
    known, later = world.read_file_of_the_end(), world.leads[world.is_later]
    known.to_csv(folder / "known.csv", index=False)
    world.leads.assign(truth=world.truth, is_later=world.is_later).to_csv(folder / "everything.csv", index=False)
    mapping = propose_mapping(folder / "known.csv")
    tables = read_tables(folder / "known.csv", mapping, Practice())
    result = train(tables, Practice(), settings, tables.mapping)
    world.leads.to_csv(folder / "later.csv", index=False)
    as_trained, followed = score_later(result.bundle, read_tables(folder / "later.csv", mapping, Practice()), world)
    scores = {"as trained": as_trained, "followed": followed, **_predict_peers(known, later)}
    metrics = {name: measure(world.truth[world.is_later], score) for name, score in scores.items()}
    figures = result.bundle.figures
    return Outcome(
        kind, metrics, figures["verdict"]["verdict"], figures["scorers"]["Leadlight"]["calibration_error"][0]
    )


def score_later(bundle: Bundle, everything: Tables, world: InventedWorld) -> tuple[np.ndarray, np.ndarray]:
    """Score the later leads as of their arrival: as trained, and at the followed level. Shapes (t,), probabilities."""
    arrived = to_utc_times(everything.leads["created_at"])
    later = np.flatnonzero(world.is_later)
    context = add_practice_records(bundle.context, everything, bundle.label)
    batch = Batch.from_tables(everything, later, arrived[later], context)
    log_odds = bundle.score_rows(compute_matrix(batch, bundle.signals), explain=False).log_odds
    since_training = LeadsSinceTraining(bundle)
    since_training.add(everything, context)
    level = since_training.follow_arrivals(arrived.max()).at(arrived[later])
    return expit(log_odds), expit(log_odds + level)


def measure(truth: np.ndarray, probability: np.ndarray) -> tuple[float, float, float]:
    """Measure the expected AUC and log loss, and the calibration error over ten bins, against true probabilities.

    >>> truth = np.linspace(0.1, 0.9, 100)
    >>> [round(value, 3) for value in measure(truth, truth)]
    [0.769, 0.575, 0.0]
    """
    p = np.clip(probability, 1e-9, 1 - 1e-9)
    labels, weights = np.repeat([1, 0], len(truth)), np.concatenate([truth, 1 - truth])
    auc = roc_auc_score(labels, np.tile(p, 2), sample_weight=weights)
    loss = -(truth @ np.log(p) + (1 - truth) @ np.log1p(-p)) / len(truth)
    parts = np.array_split(np.argsort(p, kind="stable"), 10)
    error = sum(abs((p - truth)[part].sum()) for part in parts) / len(truth)
    return float(auc), float(loss), float(error)


def _predict_peers(known: pd.DataFrame, later: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the probabilities of the later leads by each peer, which learns from the leads with an answer."""
    known = known[known["signed"].notna()]
    label = (known["signed"] == "y").to_numpy(float)
    encoder = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=10, sparse_output=False)
    columns = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler()), [*NUMBERS]),
        (encoder, [*CATEGORIES]),
    )
    logistic = make_pipeline(columns, LogisticRegression(max_iter=3000)).fit(_fill(known), label)
    rows = pd.concat([known, later])[[*NUMBERS, *CATEGORIES]]
    rows[[*CATEGORIES]] = rows[[*CATEGORIES]].astype("category")
    train_rows, later_rows = rows.iloc[: len(known)], rows.iloc[len(known) :]
    plain = {"objective": "binary", "verbose": -1, "num_threads": 1}
    as_it_comes = lightgbm.train(plain, lightgbm.Dataset(train_rows, label), 100)
    few = plain | {"num_leaves": 8, "learning_rate": 0.03, "min_data_in_leaf": 40, "lambda_l2": 5, "cat_smooth": 20}
    cut = len(label) * 4 // 5
    first = lightgbm.Dataset(train_rows.iloc[:cut], label[:cut])
    probe = lightgbm.train(
        few,
        first,
        1000,
        [first.create_valid(train_rows.iloc[cut:], label[cut:])],
        callbacks=[lightgbm.early_stopping(50, verbose=False)],
    )
    stopped = lightgbm.train(few, lightgbm.Dataset(train_rows, label), max(probe.best_iteration, 10))
    return {
        "logistic": logistic.predict_proba(_fill(later))[:, 1],
        "LightGBM": np.asarray(as_it_comes.predict(later_rows)),
        "few leaves": np.asarray(stopped.predict(later_rows)),
    }


def _fill(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with a word of its own where a category is blank."""
    return rows.assign(**{name: rows[name].astype(object).where(rows[name].notna(), "blank") for name in CATEGORIES})


def main() -> None:
    """Print one line for each world, then how many keep what is promised."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=2, help="of each kind")
    parser.add_argument("--leads", type=int, help="of the file of day 300; all by default")
    parser.add_argument("--kinds", nargs="*", default=(*KINDS, *LATER_KINDS), help="some kinds only")
    parser.add_argument("--keep", type=Path, help="keep the files here, for a peer that is not installed with us")
    options = parser.parse_args()
    settings, outcomes = Settings(threads=1, resamples=100), []
    for kind in options.kinds:
        for seed in range(options.worlds):
            with tempfile.TemporaryDirectory() as temporary:
                folder = options.keep / f"{kind}_{seed}" if options.keep else Path(temporary)
                folder.mkdir(parents=True, exist_ok=True)
                outcome = run_world(kind, seed, settings, folder, options.leads)
            outcomes.append(outcome)
            parts = [f"{name} {a:.3f} / {loss:.3f} / {error:.3f}" for name, (a, loss, error) in outcome.metrics.items()]
            regret = f"regret {outcome.regret(0):+.3f} / {outcome.regret(1):+.3f}"
            print(f"{kind:9} {'; '.join(parts)}; {regret}; {outcome.verdict}, {outcome.claimed_error:.3f}", flush=True)
    good = sum(outcome.has_no_regret for outcome in outcomes)
    calibrated = sum(outcome.metrics["followed"][2] < 0.05 for outcome in outcomes)
    print(
        f"{len(outcomes)} worlds: regret under .005 AUC and .01 log loss in {good}, calibration error under .05 in "
        f"{calibrated}, ready and off by more than .10 in {sum(outcome.is_false_ready for outcome in outcomes)}."
    )


if __name__ == "__main__":
    main()
