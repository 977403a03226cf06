"""Do the reasons add up, and do they read as sentences?"""

import numpy as np
import pytest

from features.batch import Batch
from features.explain.reasons import Explainer

NOW = np.datetime64("2026-03-05T12:00:00", "us")


@pytest.fixture(scope="module")
def bundle(trained):
    return trained.bundle


@pytest.fixture(scope="module")
def scored(bundle, demo_tables):
    rows = np.arange(100)
    return bundle.score(Batch.from_tables(demo_tables, rows, np.full(100, demo_tables.as_of), bundle.context))


@pytest.mark.parametrize("most", [0, 1, 5, 1000])
def test_base_reasons_and_everything_else_sum_to_the_score(bundle, scored, most):
    explained = Explainer.of(bundle.signals).explain(scored, most)

    sums = [one.base + sum(reason.log_odds for reason in one.reasons) + one.everything_else for one in explained]

    np.testing.assert_allclose(sums, scored.log_odds, rtol=0, atol=1e-9)


def test_the_strongest_reason_comes_first(bundle, scored):
    explained = Explainer.of(bundle.signals).explain(scored)

    for one in explained:
        sizes = [abs(reason.log_odds) for reason in one.reasons]
        assert sizes == sorted(sizes, reverse=True)


def test_no_text_stands_twice_for_one_lead(bundle, scored):
    explained = Explainer.of(bundle.signals).explain(scored, limit=1000)

    for one in explained:
        texts = [reason.text for reason in one.reasons]
        assert len(texts) == len(set(texts))


def test_a_lead_without_a_message_has_one_reason_that_says_so(bundle):
    lead = {"lead_id": "L1", "channel": "phone", "message": None}
    batch = Batch.from_payloads([lead], bundle.context, bundle.columns, NOW)

    explained = Explainer.of(bundle.signals).explain(bundle.score(batch), limit=1000)[0]

    silent = [reason for reason in explained.reasons if reason.text == "No message"]
    assert len(silent) == 1
    assert len(silent[0].signals) > 1


def test_one_row_alone_is_explained_as_in_a_crowd(bundle, scored):
    explainer = Explainer.of(bundle.signals)
    crowd = explainer.explain(scored)

    alone = [explainer.explain(bundle.score_rows(scored.values[[row]]))[0] for row in range(5)]

    assert [one.reasons for one in alone] == [one.reasons for one in crowd[:5]]


def test_signs_and_words_agree(bundle, scored):
    explained = Explainer.of(bundle.signals).explain(scored)

    effects = {(reason.log_odds > 0, reason.raises, reason.effect) for one in explained for reason in one.reasons}

    assert effects == {(True, True, "raises"), (False, False, "lowers")}


def test_a_hidden_group_is_no_reason_and_still_counts(bundle, scored):
    shown = Explainer.of(bundle.signals).explain(scored)
    strongest = next(one.group for one in bundle.signals if one.name == shown[0].reasons[0].signals[0])

    hidden = Explainer.of(bundle.signals, (strongest,)).explain(scored)

    names = {one.name for one in bundle.signals if one.group == strongest}
    assert not any(names & set(reason.signals) for one in hidden for reason in one.reasons)
    for one, log_odds in zip(hidden, scored.log_odds, strict=True):
        assert one.base + sum(reason.log_odds for reason in one.reasons) + one.everything_else == pytest.approx(
            log_odds, abs=1e-9
        )
