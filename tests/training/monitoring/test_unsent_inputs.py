"""Does monitoring see it when a source stops sending what the model leans on?"""

from dataclasses import replace

import numpy as np
import pytest

from features.logs.prediction_log import LoggedPrediction
from features.signals.sent_columns import find_sent_columns
from training.monitoring.unsent_inputs import STRONG_WEIGHT, measure_unsent_inputs


@pytest.fixture
def bundle(trained):
    """A model whose answers can be told from others'."""
    return replace(trained.bundle, sha256="ab12")


def log_answers(bundle, month: str, count: int, unsent: float, channel: int = 1) -> list[LoggedPrediction]:
    """Answers of one month in which the strongest input was missing in this share of leads."""
    strongest = max(bundle.input_weights, key=bundle.input_weights.get)
    flags, names = find_sent_columns(bundle.signals), [signal.name for signal in bundle.signals]
    answers = []
    for number in range(count):
        values = np.ones(len(bundle.signals), np.float32)
        values[flags[strongest]] = number >= unsent * count
        values[names.index("channel")] = channel
        written_at = f"{month}-{1 + number % 27:02d}T12:00:00Z"
        lead_id = f"{month}-{channel}-{number}"
        answers.append(
            LoggedPrediction(
                lead_id, np.datetime64("NaT", "us"), "ab12", False, values, 0.0, None, written_at=written_at
            )
        )
    return answers


def test_a_jump_of_leads_without_a_strong_input_raises_an_alarm(bundle):
    answers = log_answers(bundle, "2026-01", 100, 0.05) + log_answers(bundle, "2026-03", 100, 0.6)

    strongest = measure_unsent_inputs(answers, bundle)[0]

    assert strongest.alarm and strongest.share == pytest.approx(0.6) and strongest.usual == pytest.approx(0.05)
    assert strongest.source in strongest.describe() and "not sent in 60 of 100 leads" in strongest.describe()


def test_a_source_that_never_sent_it_stays_quiet(bundle):
    answers = log_answers(bundle, "2026-01", 100, 0.6) + log_answers(bundle, "2026-03", 100, 0.62)

    assert [share.alarm for share in measure_unsent_inputs(answers, bundle)] == [False]


def test_each_source_is_compared_with_itself(bundle):
    answers = log_answers(bundle, "2026-01", 100, 0.0) + log_answers(bundle, "2026-03", 100, 1.0, channel=2)

    assert not any(share.alarm for share in measure_unsent_inputs(answers, bundle))


def test_few_leads_other_models_and_leads_without_an_id_say_nothing(bundle):
    answers = log_answers(bundle, "2026-03", 100, 1.0)

    assert measure_unsent_inputs(answers[:20], bundle) == ()
    assert measure_unsent_inputs([replace(answer, sha256="other") for answer in answers], bundle) == ()
    assert measure_unsent_inputs([replace(answer, lead_id=None) for answer in answers], bundle) == ()
    assert max(bundle.input_weights.values()) >= STRONG_WEIGHT
