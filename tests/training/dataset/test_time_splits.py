"""Is a person who comes back kept out of the training set of a fold that holds them out?"""

from dataclasses import replace

import numpy as np
import pytest

from features.practice.practice import Practice
from tests.training.dataset.test_label_known_at import appointments, read
from training.dataset.labels import build_learning_set
from training.dataset.time_splits import hash_people, make_splits


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """1,500 invented appointments of 750 people."""
    return read(tmp_path_factory.mktemp("people"), appointments(1_500), custom={"AppointmentDay": "date"})


def test_people_can_be_kept_apart_forward_in_time(tables):
    learning = build_learning_set(tables, Practice(), "booked")
    people = hash_people(tables)[learning.moments.of_lead]

    together, apart = make_splits(learning, 5, 30, 1), make_splits(learning, 5, 30, 1, people)

    for fold, other in zip(together.folds, apart.folds, strict=True):
        assert not set(people[other.train]) & set(people[other.test])
        np.testing.assert_array_equal(fold.test, other.test)
        assert len(other.train) < len(fold.train) and np.isin(other.train, fold.train).all()


def test_people_are_kept_apart_at_random_too_and_the_unknown_are_nobody(tables):
    learning = build_learning_set(tables, Practice(), "booked")
    people = hash_people(tables)[learning.moments.of_lead].copy()
    people[:200] = 0
    timeless = replace(learning, position=np.full(len(learning), np.nan))

    splits = make_splits(timeless, 5, 30, 1, people)

    assert not splits.forward
    assert sorted(np.concatenate([fold.test for fold in splits.folds])) == list(range(len(learning)))
    for fold in splits.folds:
        assert set(people[fold.train]) & set(people[fold.test]) <= {0}
