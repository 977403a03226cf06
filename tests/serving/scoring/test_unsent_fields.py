"""What does an answer say about a lead of which little was sent?"""

import numpy as np
import pytest

from features.batch import Batch
from features.column_words import name_column
from features.explain.reasons import Explainer
from features.point_in_time.outcomes import add_practice_records
from features.signals.sent_columns import find_sent_columns
from serving.crm.inbound.replies import flatten_answer
from serving.scoring.engine import Engine

CURL = {
    "channel": "web_form",
    "service_requested": "physical therapy",
    "message": "I would like an appointment next week, please.",
}


@pytest.fixture(scope="module")
def served(trained, tmp_path_factory) -> Engine:
    """The engine of a model that learned from whole leads and from copies."""
    return Engine.of(trained.bundle.write(tmp_path_factory.mktemp("unsent") / "bundle"), "1")


@pytest.fixture(scope="module")
def moment(demo_tables):
    """When the leads are scored."""
    return demo_tables.as_of


def test_the_answer_says_how_much_it_rests_on_flat_and_structured(served, moment):
    answer = served.score([CURL], moment)[0]
    flat = flatten_answer(answer.model_dump())

    assert 0 < answer.coverage < 1 and len(answer.missing_inputs) >= 3
    assert flat["coverage"] == answer.coverage
    assert [flat[f"missing_{number}"] for number in (1, 2, 3)] == answer.missing_inputs[:3]


def test_a_lead_without_a_phone_number_to_send_is_no_hopeless_one(served, moment):
    silent, told = served.score([CURL, CURL | {"phone": "(617) 555-0123"}], moment)

    assert silent.grade in "ABC" and abs(told.probability - silent.probability) < 0.15
    assert silent.probability_low < silent.probability < silent.probability_high


def test_capitals_and_spaces_in_a_key_change_nothing(served, moment):
    plain = {"message": CURL["message"], "phone": "(617) 555-0123", "email": "lead@example.org", "postal_code": "75201"}
    spelled = dict(zip(("Message", "Phone Number", "E-Mail", "Zip Code"), plain.values(), strict=True))

    ours, theirs = served.score([plain, spelled], moment)

    assert theirs.probability == ours.probability and theirs.ignored == []


def test_ignored_names_every_key_that_is_not_used_even_without_a_value(served, moment):
    assert served.score([{"Shoe Size": None, "Favorite color": "green"}], moment)[0].ignored == [
        "Shoe Size",
        "Favorite color",
    ]


def test_a_reason_for_a_field_that_was_not_sent_says_so_and_all_reasons_sum(served, trained, moment):
    bundle = trained.bundle
    batch = Batch.from_payloads([{}, {"channel": "web_form"}], bundle.context, bundle.columns, moment)
    scored = bundle.score(batch)

    explained = Explainer.of(bundle.signals).explain(scored, limit=1000)

    for row, explanation in enumerate(explained):
        texts = [reason.text for reason in explanation.reasons]
        total = explanation.base + sum(reason.log_odds for reason in explanation.reasons) + explanation.everything_else
        assert total == pytest.approx(scored.log_odds[row], abs=1e-9)
        assert len(texts) == len(set(texts)) and "Message not provided by this source" in texts
        assert not any(
            "No message" in text or "provided by this source" in text and " not " not in text for text in texts
        )


def test_a_flag_of_a_field_that_was_sent_is_never_a_reason(trained, demo_tables, moment):
    bundle = trained.bundle
    context = add_practice_records(bundle.context, demo_tables, bundle.label)
    rows = np.arange(len(demo_tables.leads))
    batch = Batch.from_tables(demo_tables, rows, np.full(len(rows), moment), context).chunks(50)[0]

    scored = bundle.score(batch)
    explained = Explainer.of(bundle.signals).explain(scored, limit=1000)

    flags = find_sent_columns(bundle.signals)
    for row, explanation in enumerate(explained):
        unsent = {f"{name_column(name)} not" for name, flag in flags.items() if scored.values[row, flag] == 0}
        named = [reason.text for reason in explanation.reasons if "provided by this source" in reason.text]
        assert all(text.removesuffix(" provided by this source") in unsent for text in named)
    assert flags and (scored.coverage == 1).mean() > 0.9


@pytest.mark.parametrize(
    ("payload", "start"),
    [
        ({}, "Look up their phone number or email: none was sent"),
        ({"phone": "", "email": "", "message": CURL["message"]}, "Add a phone number or an email: we have neither"),
        ({"email": "lead@example.org", "message": CURL["message"]}, "Email"),
        ({"phone": "withheld", "message": CURL["message"]}, "Look up their phone number or email: none was sent"),
        ({"phone": "(617) 555-0123", "message": CURL["message"]}, "Call"),
    ],
)
def test_advice_never_says_call_where_no_number_is_known(served, moment, payload, start):
    assert served.score([payload], moment)[0].next_step.startswith(start)


def test_an_urgent_lead_without_a_number_is_not_to_be_called(served, moment):
    step = served.score([{"message": "It is an emergency, I cannot breathe"}], moment)[0].next_step

    assert step.startswith("Possible emergency") and "no phone number or email" in step


def test_reached_and_booked_once_reached_multiply_to_the_score(served, moment):
    for answer in served.score([{}, CURL, CURL | {"phone": "12"}], moment):
        assert answer.probability_when_reached < 1
        assert answer.probability_reached * answer.probability_when_reached == pytest.approx(answer.probability)
