"""Do many scores have the same receipts together as alone, and those of the versions before?"""

import json
from hashlib import sha256

import numpy as np
import pytest

from features.logs.prediction_encoding import compute_receipt, encode_computations
from features.logs.prediction_log import LoggedPrediction


def invent_predictions(count=60, seed=5):
    """Scores of several bundles, with and without parts, dates and a level."""
    random = np.random.default_rng(seed)
    for number in range(count):
        signals = int(random.integers(1, 90))
        values = random.choice([0, 1, np.nan, 0.3, 1e-7, 12_345.678], signals).astype(np.float32)
        parts = random.normal(size=signals) * 10.0 ** random.integers(-9, 2, signals)
        cutoff = np.datetime64("NaT" if number % 7 == 0 else "2026-03-05T14:00:00.5", "us")
        yield LoggedPrediction(
            f"L{number}",
            cutoff,
            f"{number % 3:064x}",
            True,
            values,
            float(random.normal()),
            None if number % 5 == 0 else parts,
            level=0.0 if number % 2 else 0.123456789,
        )


def encode_plainly(prediction):
    """The computation as ``json`` writes it, as every version before did."""
    fields = {
        "cutoff": None if np.isnat(prediction.cutoff) else str(prediction.cutoff),
        "sha256": prediction.sha256,
        "log_odds": prediction.log_odds,
        "values": [None if value != value else value for value in prediction.values.astype(float).tolist()],
        "parts": None if prediction.parts is None else prediction.parts.tolist(),
    }
    return json.dumps(fields | ({"level": prediction.level} if prediction.level else {}), separators=(",", ":"))


def test_many_scores_are_encoded_as_json_encodes_each():
    predictions = list(invent_predictions())

    assert encode_computations(predictions) == [encode_plainly(prediction) for prediction in predictions]


def test_a_score_alone_has_the_receipt_that_it_has_among_others():
    predictions = list(invent_predictions())

    together = [compute_receipt(computation) for computation in encode_computations(predictions)]

    assert together == [prediction.receipt for prediction in predictions]
    assert together == [sha256(encode_plainly(prediction).encode()).hexdigest()[:20] for prediction in predictions]


@pytest.mark.parametrize("predictions", [[], list(invent_predictions(1))])
def test_no_score_and_one_score_are_encoded(predictions):
    assert len(encode_computations(predictions)) == len(predictions)


def test_a_line_is_read_back_to_the_bit():
    for prediction in invent_predictions():
        again = LoggedPrediction.from_line(prediction.to_line())

        assert again.receipt == prediction.receipt
        np.testing.assert_array_equal(again.values, prediction.values)
