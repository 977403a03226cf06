"""What does an answer cost beside the model alone? CPU time of answering leads against bare LightGBM on the same leads.

    python -m tests.bench.scoring_cost --folder HOME    a home that tests.bench.load has made, or makes now
    python -m tests.bench.load                          prints the same rows with everything else

Bare LightGBM predicts and explains (``pred_contrib``) the matrix of the same leads, which costs it nothing here.
Answering is all that the service does between the request's bytes and the answer's: reading, signals, score, reasons,
interval, receipt, the line in the log, JSON. Both are timed in turn in one process, and no lead comes twice."""

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import numpy as np

from features.feature_matrix import compute_matrix
from features.logs.prediction_log import PredictionLog
from features.mapping.column_mapping import Mapping
from features.tables.tables import read_tables
from serving.api.scoring_routes import score_each
from serving.http.json_parsing import read_object
from serving.http.responses import encode_answers, encode_json
from serving.scoring.engine import Engine
from tests.bench.load import BATCH, LINE, Row, list_as_sent, prepare
from training.bundle import Bundle, find_bundle

SINGLE_LEADS, LEADS = 300, 3_300
NOW = np.datetime64("2030-01-01", "us")


@click.command()
@click.option("--folder", type=click.Path(path_type=Path), required=True, help="The home; made when it is empty.")
def main(folder: Path) -> None:
    """Print the rows."""
    if not (folder / "leads.json").exists():
        prepare(folder)
    for row in list_cost_rows(folder):
        click.echo(LINE.format(*row))


def list_cost_rows(home: Path) -> Iterator[Row]:
    """Every figure as (what, value, ratio to bare LightGBM), as ``tests.bench.load`` prints them."""
    bundle = find_bundle(str(home / "made"), home)[0]
    leads = list_as_sent(read_tables(home / "practice", Mapping.identity()), LEADS)
    with tempfile.TemporaryDirectory(prefix="leadlight-cost-") as log:
        engine = Engine.of(bundle, "1", PredictionLog(Path(log)))
        for size, some in ((1, leads[:SINGLE_LEADS]), (BATCH, leads[SINGLE_LEADS:])):
            ours, bare = compare_costs(engine, some, size)
            yield (
                f"CPU a lead, answered {size:,} at once, over bare LightGBM with pred_contrib",
                f"{ours:.2f} / {bare:.2f} ms",
                f"{ours / bare:.1f} times",
            )


def compare_costs(engine: Engine, leads: list[dict[str, Any]], size: int) -> tuple[float, float]:
    """Median CPU milliseconds a lead: answered, and by bare LightGBM; the first request of each size is not counted."""
    ours, bare = [], []
    for start in range(0, len(leads) - size + 1, size):
        body = json.dumps({"leads": leads[start : start + size]}).encode()
        # Answered before anything else reads these leads: phone numbers and addresses are remembered by their text.
        ours.append(_measure(lambda body=body: _answer(engine, body)))
        matrix = _compute_rows(engine, leads[start : start + size])
        bare.append(_measure(lambda matrix=matrix: _predict_bare(engine.bundle, matrix)))
    return float(np.median(ours[1:])) / size, float(np.median(bare[1:])) / size


def _answer(engine: Engine, body: bytes) -> bytes:
    """Answer a request as the routes do: one lead by ``/v1/score``, several by ``/v1/score/batch``."""
    items = score_each(engine, read_object(body)["leads"], NOW, "bench")
    return encode_answers(items) if len(items) > 1 else encode_json(items[0]["answer"])


def _predict_bare(bundle: Bundle, matrix: np.ndarray) -> None:
    bundle.booster.predict(matrix, num_threads=1)
    bundle.booster.predict(matrix, pred_contrib=True, num_threads=1)


def _compute_rows(engine: Engine, leads: list[dict[str, Any]]) -> np.ndarray:
    batch, _ = engine._batch([engine.read(lead).converted for lead in leads], NOW)
    return compute_matrix(batch.add_columns(engine.bundle.columns), engine.bundle.signals).astype(float)


def _measure(work: Callable[[], object]) -> float:
    """CPU milliseconds of this process."""
    start = time.process_time()
    work()
    return 1e3 * (time.process_time() - start)


if __name__ == "__main__":
    main()
