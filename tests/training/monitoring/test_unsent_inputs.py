"""Does monitoring see it when a source stops sending what the model leans on?"""

from dataclasses import replace

import numpy as np
import pytest

from features.logs.prediction_log import LoggedPrediction
from features.signals.sent_columns import find_sent_columns
from training.monitoring.alarm_texts import describe_alarms
from training.monitoring.html_page import render_page
from training.monitoring.monitor import FAMILIES, MonitoringResult
from training.monitoring.prometheus import render_metrics
from training.monitoring.unsent_inputs import STRONG_WEIGHT, measure_unsent_inputs

LEVEL = 0.005


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

    strongest = measure_unsent_inputs(answers, bundle, LEVEL)[0]

    assert strongest.alarm and strongest.share == pytest.approx(0.6) and strongest.usual == pytest.approx(0.05)
    assert strongest.source in strongest.describe() and "not sent in 60 of 100 leads" in strongest.describe()


def test_a_source_that_never_sent_it_stays_quiet(bundle):
    answers = log_answers(bundle, "2026-01", 100, 0.6) + log_answers(bundle, "2026-03", 100, 0.62)

    assert [share.alarm for share in measure_unsent_inputs(answers, bundle, LEVEL)] == [False]


def test_each_source_is_compared_with_itself(bundle):
    answers = log_answers(bundle, "2026-01", 100, 0.0) + log_answers(bundle, "2026-03", 100, 1.0, channel=2)

    assert not any(share.alarm for share in measure_unsent_inputs(answers, bundle, LEVEL))


def test_few_leads_other_models_and_leads_without_an_id_say_nothing(bundle):
    answers = log_answers(bundle, "2026-03", 100, 1.0)

    assert measure_unsent_inputs(answers[:20], bundle, LEVEL) == ()
    assert measure_unsent_inputs([replace(answer, sha256="other") for answer in answers], bundle, LEVEL) == ()
    assert measure_unsent_inputs([replace(answer, lead_id=None) for answer in answers], bundle, LEVEL) == ()
    assert max(bundle.input_weights.values()) >= STRONG_WEIGHT


def test_many_sources_and_inputs_raise_no_false_alarm(bundle):
    random, false_alarms = np.random.default_rng(3), 0
    for _ in range(100):
        shares = random.uniform(0.2, 0.5, 4)
        answers = [
            answer
            for channel, share in enumerate(shares, start=1)
            for month, count in (("2026-01", 60), ("2026-03", 40))
            for answer in log_answers(bundle, month, count, random.binomial(count, share) / count, channel)
        ]
        false_alarms += any(share.alarm for share in measure_unsent_inputs(answers, bundle, LEVEL))

    assert false_alarms <= 3


def test_the_page_the_metrics_and_the_sentences_show_the_alarm(bundle, tmp_path):
    answers = log_answers(bundle, "2026-01", 100, 0.05) + log_answers(bundle, "2026-03", 100, 0.6)
    unsent = measure_unsent_inputs(answers, bundle, LEVEL)
    result = MonitoringResult(dict.fromkeys(FAMILIES, "only 3 leads"), unsent=unsent)

    page, metrics = render_page(result, bundle, "3", {}), render_metrics(result, bundle)

    sentence = unsent[0].describe()
    assert result.alarms == ("inputs",) and describe_alarms(result, bundle) == [f"{sentence[0].upper()}{sentence[1:]}."]
    assert f"{sentence} (alarm)" in page and "1 strong input no longer sent" in page
    assert f'leadlight_monitor_unsent_share{{input="{unsent[0].column}",model="{bundle.name}"}} 0.6' in metrics
    assert f'leadlight_monitor_unsent_alarm{{input="{unsent[0].column}",model="{bundle.name}"}} 1.0' in metrics
