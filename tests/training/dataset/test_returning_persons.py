"""Are people who return recognised on the practice's own machine, kept apart where asked, and unknown to the bundle?"""

from dataclasses import replace

import numpy as np
import pytest

from features.batch import Batch
from features.feature_matrix import compute_matrix
from features.point_in_time.contact_index import ContactIndex
from features.point_in_time.context import Context
from features.point_in_time.outcome_history import PRIVATE_FIELDS, OutcomeHistory
from features.point_in_time.outcomes import build_history
from features.practice.practice import Practice
from tests.training.dataset.test_label_known_at import appointments, read
from training.bundle import Bundle
from training.dataset.time_splits import hash_people, make_splits
from training.pipeline import train
from training.settings import Settings

QUICK = Settings(most_trees=40, resamples=40, folds=4, threads=1)


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """1,500 invented appointments of 750 people."""
    return read(tmp_path_factory.mktemp("people"), appointments(1_500), custom={"AppointmentDay": "date"})


@pytest.fixture(scope="module")
def person_run(tables):
    """A model of them."""
    return train(tables, Practice(), QUICK, tables.mapping)


def test_the_same_person_counts_as_an_earlier_inquiry_without_phone_or_email():
    people = np.array(["P1", "P1", "P2", None, "P1"], object)
    created = np.array(["2026-01-01", "2026-01-20", "2026-01-21", "2026-01-22", "2026-03-01"], "datetime64[us]")

    counted = ContactIndex.of({"person_id": people}, created).count_earlier_enquiries(
        {"person_id": people, "created_at": created}, 5
    )

    np.testing.assert_array_equal(counted, [0, 1, 0, 0, 0])  # nobody knows who the fourth is, and nobody was found


def test_of_person_and_phone_the_one_that_knows_of_more_counts():
    columns = {
        "person_id": np.array(["P1", "P2", None], object),
        "phone": np.array(["617-555-0123", "(617) 555 0123", "617-555-0123"], object),
    }
    created = np.array(["2026-01-01", "2026-01-02", "2026-01-03"], "datetime64[us]")

    assert ContactIndex.of(columns, created).count_earlier_enquiries(columns | {"created_at": created}, 3).tolist() == [
        0,
        1,
        2,
    ]


def test_a_person_with_the_digits_of_a_phone_is_not_that_phone():
    columns = {"person_id": np.array(["+16175550123", None], object), "phone": np.array([None, "617-555-0123"], object)}
    created = np.array(["2026-01-01", "2026-01-02"], "datetime64[us]")

    assert ContactIndex.of(columns, created).count_earlier_enquiries(columns | {"created_at": created}, 2).tolist() == [
        0,
        0,
    ]


def test_earlier_appointments_count_from_when_they_were_known_and_never_their_own():
    others = 10  # People of other names, four of whom booked before: the practice's own rate, published, is 0.4.
    known_at = np.array(["2026-01-01"] * others + ["2026-01-05", "2026-02-05", "2026-03-05"], "datetime64[us]")
    booked = np.array([True] * 4 + [False] * 6 + [True, False, True])
    history = OutcomeHistory.of(
        np.array([*(f"other {row}" for row in range(others)), "1", "2", "3"], object),
        {"person_id": np.array([*(f"O{row}" for row in range(others)), "P1", "P1", "P2"], object)},
        known_at,
        np.where(booked, known_at, np.datetime64("NaT", "us")),
    )
    person, ask = (
        np.full(4, "P1", object),
        np.array(["2026-01-05", "2026-01-06", "2026-03-06", "2026-03-06"], "datetime64[us]"),
    )

    rate, leads = history.rate("person_id", person, np.array(["x", "x", "x", "2"], object), ask)

    assert leads.tolist() == [0, 1, 2, 1]
    np.testing.assert_allclose(rate, [0.4, (1 + 20 * 0.4) / 21, (1 + 20 * 0.4) / 22, (1 + 20 * 0.4) / 21])


def test_the_bundle_knows_no_person_and_scores_everyone_as_new(person_run, tables, tmp_path):
    names = [signal.name for signal in person_run.bundle.signals]
    columns = [names.index(name) for name in ("earlier_leads_of_person", "person_booking_rate")]
    written = person_run.bundle.write(tmp_path / "bundle")
    again = Bundle.load(tmp_path / "bundle")

    assert not set(PRIVATE_FIELDS) & set(again.history.names)
    keys = hash_people(tables)
    with np.load(tmp_path / "bundle" / "history.npz") as arrays:
        assert not any(
            np.isin(values, keys[keys != 0]).any() for values in arrays.values() if values.dtype == np.uint64
        )
    learning = person_run.learning
    with_people, without_people = (
        compute_matrix(
            Batch.from_tables(tables, learning.moments.of_lead, learning.moments.cutoff, context),
            person_run.bundle.signals,
        )
        for context in (
            Context(history=build_history(tables, Practice(), "booked")),
            replace(again.context, contacts=None),
        )
    )
    assert (~np.isnan(with_people[:, columns])).any(axis=0).all() and np.isnan(without_people[:, columns]).all()
    others = [column for column in range(len(names)) if column not in columns]
    np.testing.assert_array_equal(with_people[:, others], without_people[:, others])
    assert written.sha256 == again.sha256


def test_the_evaluation_says_how_it_does_for_new_people(person_run, tables):
    last = make_splits(person_run.learning, QUICK.folds, 30, QUICK.seed).folds[-1]
    people = hash_people(tables)[person_run.learning.moments.of_lead]

    figures = person_run.bundle.figures["new_people"]

    assert (
        figures["leads"]
        == person_run.evaluation.new_people_leads
        == (~np.isin(people[last.test], people[last.train])).sum()
    )
    assert figures["auc"][1] < figures["auc"][0] < figures["auc"][2]


def test_with_people_apart_every_held_out_lead_is_of_a_new_person(tables):
    result = train(tables, Practice(), replace(QUICK, people_apart=True), tables.mapping)

    assert result.evaluation.new_people_leads == len(result.evaluation.label)
    assert result.evaluation.parts.endswith("whose people are not in training")


def test_without_people_nothing_is_said_of_them(tmp_path):
    frame = appointments(600).assign(PatientId=[str(i) for i in range(600)])
    alone = read(tmp_path, frame)

    assert train(alone, Practice(), QUICK, alone.mapping).bundle.figures["new_people"] is None


def test_the_label_is_named_with_the_value_that_is_the_success(person_run):
    assert person_run.bundle.label == "No-show = No"
