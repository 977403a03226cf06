"""Is ``LeadClassifier`` what scikit-learn expects, and the same model as the command line trains?"""

import copy
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np
import pandas as pd
import pytest
import shap
from sklearn.base import clone
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import check_estimator

from features.errors import DataError, LeadlightError
from features.mapping.column_mapping import Mapping
from features.practice.practice import Practice
from features.tables.tables import read_tables
from training.errors import TrainingError
from training.estimator import LeadClassifier
from training.pipeline import train
from training.settings import Settings

SMALL = Settings(folds=2, most_trees=20, resamples=10, threads=1)


class RepeatingClassifier(LeadClassifier):
    """The same, but each row it is given counts many times: scikit-learn's checks fit as few as ten rows."""

    def fit(self, X, y):
        rows, labels = X if isinstance(X, pd.DataFrame) else np.asarray(X), np.asarray(y)
        if rows.ndim != 2 or labels.shape[:1] != (len(rows),) or not 0 < len(rows) < 60:
            return super().fit(X, y)
        times = -(-210 // len(rows))
        repeated = pd.concat([rows] * times) if isinstance(X, pd.DataFrame) else np.tile(rows, (times, 1))
        return super().fit(repeated, np.concatenate([labels] * times))


@pytest.fixture(scope="module")
def flat():
    """Leads of a flat export without dates, and whether they converted."""
    random = np.random.default_rng(3)
    visits = random.integers(0, 12, 400)
    leads = pd.DataFrame(
        {"Visits": visits, "channel": random.choice(["chat", "referral"], 400), "Spent": random.normal(size=400)}
    )
    leads.loc[::9, "channel"] = None
    return leads, np.where(random.random(400) < visits / 14, "yes", "no")


@pytest.fixture(scope="module")
def fitted(flat):
    return LeadClassifier(settings=SMALL).fit(*flat)


def test_the_checks_of_scikit_learn_pass():
    checks = check_estimator(RepeatingClassifier(settings=SMALL), on_fail=None, on_skip=None)

    failed = {check["check_name"]: str(check["exception"])[:200] for check in checks if check["status"] == "failed"}
    skipped = {check["check_name"] for check in checks if check["status"] == "skipped"}
    assert failed == {} and skipped <= {"check_array_api_input"} and len(checks) > 50


def test_it_is_the_model_that_the_command_line_trains_on_the_same_file(flat, fitted, tmp_path):
    leads, outcome = flat
    leads.assign(Won=outcome).to_csv(tmp_path / "leads.csv", index=False)
    label = {"column": "Won", "booked": ["yes"], "not_booked": ["no"], "final": True}
    mapping = Mapping.from_dict({"version": 1, "label": label})

    bundle = train(read_tables(tmp_path / "leads.csv", mapping), Practice(), SMALL, mapping).bundle

    assert bundle.model_text == fitted.bundle_.model_text and bundle.calibrator == fitted.bundle_.calibrator


def test_probabilities_classes_and_log_odds_agree(flat, fitted):
    leads, outcome = flat

    probability, log_odds = fitted.predict_proba(leads), fitted.decision_function(leads)

    assert fitted.classes_.tolist() == ["no", "yes"] and probability.shape == (400, 2)
    np.testing.assert_allclose(probability[:, 1], 1 / (1 + np.exp(-log_odds)))
    assert fitted.predict(leads).tolist() == fitted.classes_[(log_odds > 0).astype(int)].tolist()
    assert fitted.score(leads, outcome) > 0.6


def test_features_are_named_and_set_output_chooses_their_container(flat, fitted):
    leads = flat[0].set_index(pd.Index(range(1000, 1400)))

    frame, array = fitted.transform(leads), pickle.loads(pickle.dumps(fitted)).set_output(transform="default")

    assert isinstance(frame, pd.DataFrame) and list(frame) == list(fitted.get_feature_names_out())
    assert frame.index.tolist() == leads.index.tolist()
    np.testing.assert_array_equal(array.transform(leads), frame)
    np.testing.assert_array_equal(fitted.predict_features(frame), fitted.predict_proba(leads)[:, 1])


def test_a_model_of_dated_leads_is_pickled_and_copied_to_workers(flat):
    leads, outcome = flat
    dated = leads.assign(created_at=pd.date_range("2025-01-01 09:30", periods=400, freq="5h", tz="UTC"))
    dated["message"] = np.where(outcome == "yes", "An appointment next week, please", "What does it cost?")
    fitted = LeadClassifier(settings=SMALL).fit(dated, outcome)

    copies = [pickle.loads(pickle.dumps(fitted)), copy.deepcopy(fitted)]
    # A new process, as joblib's workers are; one, since each imports everything.
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as workers:
        copies.append(workers.submit(LeadClassifier.fit, LeadClassifier(settings=SMALL), dated, outcome).result())

    for model in copies:
        np.testing.assert_array_equal(model.predict_proba(dated), fitted.predict_proba(dated))
        assert model.bundle_.signals == fitted.bundle_.signals
    assert len(copies) == 3 and "hours_open" in fitted.get_feature_names_out()


def test_a_lead_of_midnight_has_the_same_probability_alone_as_in_a_batch():
    times = pd.date_range("2025-01-01", periods=480, freq="6h", tz="UTC")
    outcome = np.where((times.hour == 0) | (np.arange(480) % 5 == 0), "yes", "no")
    leads = pd.DataFrame({"created_at": times, "channel": ["chat", "referral", "chat"] * 160})
    fitted = LeadClassifier(settings=SMALL).fit(leads, outcome)

    alone = [fitted.predict_proba(leads.iloc[[row]])[0, 1] for row in range(100, 105)]

    np.testing.assert_array_equal(alone, fitted.predict_proba(leads)[100:105, 1])
    assert not fitted.transform(leads.iloc[[100]])["arrival_hour"].isna().any()


@pytest.mark.parametrize("precision", ["min", "D"])
def test_the_order_of_dated_rows_does_not_matter(flat, precision):
    leads, outcome = flat
    dated = leads.assign(
        created_at=pd.date_range("2025-01-01 09:30", periods=400, freq="5h", tz="UTC").floor(precision)
    )
    order = np.random.default_rng(2).permutation(400)

    models = [LeadClassifier(settings=SMALL).fit(dated.iloc[rows], outcome[rows]) for rows in (np.arange(400), order)]

    np.testing.assert_array_equal(*(model.predict_proba(dated) for model in models))


def test_it_works_in_a_pipeline_and_in_cross_validation(flat):
    leads, outcome = flat
    pipeline = make_pipeline(
        FunctionTransformer(partial(pd.DataFrame.drop, columns="Spent")), LeadClassifier(settings=SMALL)
    )

    scores = cross_validate(pipeline, leads, outcome, cv=2, scoring="roc_auc", error_score="raise")

    assert (scores["test_score"] > 0.6).all()


def test_files_are_named_as_elsewhere_and_the_label_of_the_mapping_is_no_feature(flat, tmp_path):
    leads, outcome = flat
    mapping, settings = tmp_path / "mapping.toml", tmp_path / "settings.toml"
    mapping.write_text(
        'version = 1\n[leads]\nchannel = "channel"\n[label]\ncolumn = "Status"\nbooked = ["won"]\n'
        'not_booked = ["lost"]\n[custom]\n"Visits" = "number"\n'
    )
    settings.write_text("folds = 2\nmost_trees = 20\nresamples = 10\nthreads = 1\n")
    exported = leads.drop(columns="Spent").assign(Status=np.where(outcome == "yes", "won", "lost"))

    classifier = clone(LeadClassifier(mapping=mapping, settings=str(settings))).fit(exported, outcome)

    assert not [name for name in classifier.get_feature_names_out() if "Status" in name]
    assert roc_auc_score(outcome == "yes", classifier.predict_proba(exported)[:, 1]) < 0.95
    with pytest.raises(LeadlightError, match="there is no file"):
        LeadClassifier(mapping=tmp_path / "gone.toml").fit(exported, outcome)


def test_shap_explains_its_features_and_columns_of_numbers(flat, fitted):
    leads = flat[0]
    features = fitted.transform(leads)
    numbers = pd.DataFrame({"a": np.arange(200.0) % 7, "b": np.arange(200.0) % 5})
    by_number = LeadClassifier(settings=SMALL).fit(numbers, (numbers["a"] + numbers["b"] % 2 > 3).astype(int))

    explained = shap.Explainer(fitted.predict_features, features.head(30))(features.head(4))
    of_numbers = shap.Explainer(lambda rows: by_number.predict_proba(rows)[:, 1], numbers.head(30))(numbers.head(4))

    sums = explained.base_values + explained.values.sum(axis=1)
    np.testing.assert_allclose(sums, fitted.predict_features(features.head(4)), atol=1e-6)
    assert of_numbers.values.shape == (4, 2)


def test_what_cannot_be_learned_or_scored_is_refused_in_words(flat, fitted):
    leads, outcome = flat
    twice = pd.DataFrame({"lead_id": ["L1", "L1", "L2"], "Visits": [1, 2, 3], "channel": "chat", "Spent": 1.0})
    named = LeadClassifier(settings=SMALL).fit(leads.assign(lead_id=np.arange(400)), outcome)

    with pytest.raises(TrainingError, match=r"too little data: .* Expected at least 20"):
        LeadClassifier().fit(leads.head(30), outcome[:30])
    with pytest.raises(ValueError, match="X has 400 rows and y 399"):
        LeadClassifier().fit(leads, outcome[1:])
    with pytest.raises(DataError, match=r"1 of 3 rows cannot be scored, expected none"):
        named.predict_proba(twice[named.feature_names_in_])
    with pytest.raises(ValueError, match=r"feature names should match"):
        fitted.predict_proba(leads.rename(columns={"Visits": "Vists"}))


def test_data_of_which_every_column_knows_the_outcome_is_refused_by_name(flat):
    outcome = flat[1]

    with pytest.raises(TrainingError, match=r"no column is left to learn from: 'Paid' seem to know the outcome"):
        LeadClassifier(settings=SMALL).fit(pd.DataFrame({"Paid": (outcome == "yes") * 80.0}), outcome)
