"""How does a model train and score inside scikit-learn? ``LeadClassifier``, an estimator around the same line.

Lives here: frames and labels as scikit-learn passes them -> tables; predictions as it expects them.
Does not live here: training (``training.pipeline``), scoring (``training.bundle``), reasons in words and files
(``serving.scoring``).
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data

from features.array_types import FloatArray
from features.batch import Batch
from features.errors import DataError
from features.mapping.column_mapping import Mapping, read_mapping
from features.point_in_time.chunked_context import ContextScan
from features.point_in_time.scoring_moments import Moments
from features.practice.practice import Practice
from features.practice_file.practice_toml import read_practice
from features.tables.tables import read_tables
from training.bundle import Bundle, Predictions
from training.pipeline import train
from training.settings import Settings, read_settings

__all__ = ["LeadClassifier"]

_CONVERTED, _LOST = "converted", "not converted"


class LeadClassifier(ClassifierMixin, TransformerMixin, BaseEstimator):
    """The chance that each lead of a frame converts, as a scikit-learn classifier.

    ``fit`` is ``leadlight train`` on a flat export: the frame's columns beside one label, each row as of its arrival
    (``created_at``, where there is one). ``predict_proba`` is ``leadlight score --at arrival``. ``transform`` gives the
    features that the model reads. Nothing is logged, registered or written.

    Parameters
    ----------
    mapping : Mapping or path of a mapping.toml, optional
        Which column is which; our own names when left out, and every other column custom. Its label is not used: ``y``
        is, and a column of that name is left out.
    practice : Practice or path of a practice.toml, optional
        Clinics, services, time zone, horizon.
    settings : Settings or path of a TOML file, optional

    Attributes
    ----------
    classes_ : array of shape (2,)
        The classes of ``y``, sorted; a lead "converts" when it has the second one.
    bundle_ : Bundle
        The model, as ``leadlight train`` would write it; its ``figures`` say how good it is on later leads.
    report_ : str
        How the frame was read: rejected rows with their faults, without a value.

    Notes
    -----
    At least 20 leads of either class are needed. Calls, outcomes and spending are tables of their own, which
    ``leadlight.train`` reads and no estimator can pass on.

    >>> import numpy as np, pandas as pd
    >>> visits = np.arange(200) % 10
    >>> X = pd.DataFrame({"channel": ["chat", "referral"] * 100, "Visits": visits})
    >>> small = Settings(folds=2, most_trees=20, resamples=20)
    >>> model = LeadClassifier(settings=small).fit(X, np.where(visits + np.arange(200) % 7 > 7, "yes", "no"))
    >>> model.predict_proba(X.head(3)).shape, model.classes_.tolist()
    ((3, 2), ['no', 'yes'])
    >>> model.get_feature_names_out().tolist()
    ['channel', 'sent:channel']
    """

    def __init__(
        self,
        mapping: Mapping | str | Path | None = None,
        practice: Practice | str | Path | None = None,
        settings: Settings | str | Path | None = None,
    ) -> None:
        self.mapping = mapping
        self.practice = practice
        self.settings = settings

    def __sklearn_tags__(self) -> Tags:
        """Return what scikit-learn should expect: two classes, texts, categories and missing values."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        # Features are computed from leads: always float32, whatever the leads' columns are.
        tags.transformer_tags.preserves_dtype = []
        return tags

    def fit(self, X: pd.DataFrame | np.ndarray, y: pd.Series | np.ndarray) -> "LeadClassifier":
        """Train on leads ``X`` of shape (n, columns) and their outcomes ``y`` of shape (n,), two classes.

        Raises
        ------
        ValueError
            If ``y`` has not two classes, or not one value for each row of ``X``.
        TrainingError
            If there are fewer than 20 leads of either class, or a proof fails.
        LeadlightError
            If a file that was named cannot be read.
        """
        leads = self._read_input(X, reset=True)
        if y is None:
            raise ValueError("LeadClassifier requires y to be passed, but the target y is None.")
        outcomes = column_or_1d(y, warn=True)
        check_classification_targets(outcomes)
        self.classes_ = np.unique(outcomes)
        _require_two_classes(outcomes, self.classes_)
        if len(outcomes) != len(leads):
            raise ValueError(f"X has {len(leads)} rows and y {len(outcomes)}: inconsistent numbers of samples.")
        label = _find_free_name(leads)
        mapping = replace(
            self._complete_mapping(X, leads),
            label_column=label,
            booked=(_CONVERTED,),
            not_booked=(_LOST,),
            open=(),
            label_final=True,
        )
        leads[label] = np.where(outcomes == self.classes_[1], _CONVERTED, _LOST)
        practice = self.practice if isinstance(self.practice, Practice) else read_practice(self.practice)
        settings = self.settings if isinstance(self.settings, Settings) else read_settings(self.settings)
        tables = read_tables(leads, mapping, practice)
        self.report_ = tables.report()
        self.bundle_: Bundle = train(tables, practice, settings, tables.mapping).bundle
        return self

    def predict_proba(self, X: pd.DataFrame | np.ndarray) -> FloatArray:
        """Return the probability of each class, shape (n, 2), in the order of ``classes_``.

        Raises
        ------
        DataError
            If a row cannot be scored, such as one whose lead_id occurs twice: every lead has a probability, or none.
        """
        probability = self._score(X).probability
        return np.column_stack([1 - probability, probability])

    def predict(self, X: pd.DataFrame | np.ndarray) -> np.ndarray:
        """Return the likelier class of each lead, shape (n,)."""
        probability = self._score(X).probability
        return self.classes_[(probability > 0.5).astype(int)]

    def decision_function(self, X: pd.DataFrame | np.ndarray) -> FloatArray:
        """Return the log-odds of the second class, shape (n,)."""
        return self._score(X).log_odds

    def transform(self, X: pd.DataFrame | np.ndarray) -> pd.DataFrame | np.ndarray:
        """Return the features that the model reads, float32 of shape (n, features), NaN unknown.

        A frame for a frame and an array for an array; ``set_output`` chooses otherwise.
        """
        values = self._score(X).values
        if isinstance(X, pd.DataFrame):
            return pd.DataFrame(values, index=X.index, columns=self.get_feature_names_out())
        return values

    def get_feature_names_out(self, input_features: list[str] | None = None) -> np.ndarray:
        """Return the names of the features, object array of shape (features,); ``input_features`` changes nothing."""
        check_is_fitted(self, "bundle_")
        return np.array([signal.name for signal in self.bundle_.signals], object)

    def predict_features(self, values: pd.DataFrame | np.ndarray) -> FloatArray:
        """Return the probability of the second class for rows that ``transform`` gave, shape (n,).

        This is what ``shap.Explainer`` can vary: a number for each feature, where leads have texts.
        """
        check_is_fitted(self, "bundle_")
        return self.bundle_.score_rows(np.asarray(values, np.float32), explain=False).probability

    def _score(self, X: pd.DataFrame | np.ndarray) -> Predictions:
        """Score each row as of its arrival."""
        check_is_fitted(self, "bundle_")
        leads, bundle = self._read_input(X, reset=False), self.bundle_
        tables = read_tables(leads, bundle.mapping, bundle.practice, scoring=True)
        if len(tables.leads) != len(leads):
            raise DataError(
                f"LeadClassifier: {len(leads) - len(tables.leads)} of {len(leads)} rows cannot be scored, expected "
                f"none. Fix them, or leave them out.\n{tables.report()}"
            )
        scan = ContextScan(bundle.context, bundle.label)
        scan.add(tables)
        moments = Moments.single(tables.created_at)
        batch = Batch.from_tables(tables, moments.of_lead, moments.cutoff, scan.build_context())
        return bundle.score(batch, explain=False)

    def _read_input(self, X: pd.DataFrame | np.ndarray, reset: bool) -> pd.DataFrame:
        """Return leads as a frame of their own, after scikit-learn's checks of shape and names."""
        if isinstance(X, pd.DataFrame):
            validate_data(self, X, reset=reset, skip_check_array=True)
            if not len(X):
                raise ValueError(f"Found array with 0 sample(s) (shape={X.shape}) while a minimum of 1 is required.")
            if not X.shape[1]:
                raise ValueError(f"0 feature(s) (shape={X.shape}) while a minimum of 1 is required.")
            return X.rename(columns=str)
        values = validate_data(self, X, reset=reset, dtype=None, ensure_all_finite="allow-nan")
        return pd.DataFrame({f"x{column}": values[:, column] for column in range(values.shape[1])})

    def _complete_mapping(self, X: pd.DataFrame | np.ndarray, leads: pd.DataFrame) -> Mapping:
        """Return the mapping. The columns of an array have no names by which a person could judge them: its numbers are
        numbers, whatever they look like, and none is left out for knowing the outcome too well.
        """
        mapping = self.mapping if isinstance(self.mapping, Mapping) else read_mapping(self.mapping)
        if mapping.label_column is not None and mapping.label_column in leads:
            mapping = replace(mapping, leave_out={**mapping.leave_out, mapping.label_column: "the label of the file"})
        has_names = isinstance(X, pd.DataFrame) and all(isinstance(name, str) for name in X.columns)
        if has_names or self.mapping is not None:
            return mapping
        numbers = {name: "number" for name in leads if leads[name].dtype.kind in "iufb"}
        return replace(mapping, custom=numbers, keep_on_purpose=tuple(leads))


def _require_two_classes(outcomes: np.ndarray, classes: np.ndarray) -> None:
    """Refuse other numbers of classes than two, in scikit-learn's words."""
    if len(classes) == 1:
        raise ValueError("Classifier can't train when only one class is present.")
    if len(classes) != 2:
        raise ValueError(
            f"Only binary classification is supported. The type of the target is {type_of_target(outcomes)}."
        )


def _find_free_name(leads: pd.DataFrame) -> str:
    """Return a name for the column of labels that no column of the leads has."""
    name = "outcome of the lead"
    while name in leads.columns:
        name += " "
    return f"{name.strip()} {len(leads.columns)}" if name.endswith(" ") else name
