"""What do the fields of the form say? Each distinct value is read once, however many leads and moments have it.

Lives here: fields as one entry per moment, and the service, ZIP code and timeframe read from them.
Does not live here: how a text is read (``text.field_reader``).
"""

from collections.abc import Callable

import numpy as np

from features.array_types import FloatArray, IntArray
from features.arrays.computed_once import computed_once
from features.batch import Batch
from features.parsing.answers.sentence_words import reads_as_sentence
from features.parsing.answers.unknown_answers import is_generic_service
from features.practice.zip_codes import load_zip_map
from features.text.field_reader import FormFieldReadings

__all__ = ["FormFieldsBlock"]


class FormFieldsBlock:
    """Fields of the leads, one entry per moment. Shape (n,)."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._values: dict[str, tuple[list[str | None], IntArray]] = {}
        self._is_given: dict[str, np.ndarray] = {}

    def map_values(self, name: str, function: Callable[[str | None], float]) -> FloatArray:
        """Apply ``function`` to the field's value (None when not given), once per distinct value. Shape (n,)."""
        distinct, codes = self.get_distinct_values(name)
        return np.array([function(value) for value in distinct], float)[codes]

    def is_given(self, name: str) -> np.ndarray:
        """Return whether the field is filled in. Shape (n,), bool."""
        if name not in self._is_given:
            self._is_given[name] = np.not_equal(self._batch.column(name), None)
        return self._is_given[name]

    def get_distinct_values(self, name: str) -> tuple[list[str | None], IntArray]:
        """Return the distinct values of a text or category field, and each moment's position among them.

        The values come as a list of any length, the positions have shape (n,).
        """
        if name not in self._values:
            codes, values = self._batch.encode_column(name)
            self._values[name] = values, codes[self._batch.of_lead]
        return self._values[name]

    def read_values(self, name: str) -> tuple[FormFieldReadings, IntArray]:
        """Read each distinct value as a message is read; return the readings and each moment's position among them."""
        distinct, codes = self.get_distinct_values(name)
        return self._batch.context.form_field_reader.read(distinct), codes

    @computed_once
    def service(self) -> IntArray:
        """The service chosen on the form, as its position in ``practice.services``; -1 not given or not one of them.

        Of several, the first one that is offered.
        """
        codes, services = self._batch.form_services
        return services[codes][self._batch.of_lead]

    @computed_once
    def services(self) -> np.ndarray:
        """Every service that the form's field names; several may stand in one field. Shape (n, services), bool."""
        context, (distinct, codes) = self._batch.context, self.get_distinct_values("service_requested")
        _, first = self._batch.form_services
        named = np.zeros((len(distinct), len(context.practice.services)), bool)
        for row, text in enumerate(distinct):
            named[row, list(context.geography.find_services(text))] = True
            if first[row] >= 0:
                named[row, first[row]] = True
        return named[codes]

    @computed_once
    def names_other_service(self) -> np.ndarray:
        """Whether the form names something that is none of the practice's services, and not only "other" or "a visit".

        Shape (n,), bool.
        """
        other = self.map_values("service_requested", lambda text: text is not None and _names_a_service(text)) > 0
        return other & (self.service < 0)

    @computed_once
    def referral_service(self) -> IntArray:
        """The one service that the referral's reason names; -1 none or several. Shape (n,)."""
        readings, codes = self.read_values("referral_reason")
        return np.where(readings.services_named == 1, readings.service, -1)[codes]

    @computed_once
    def referral_services(self) -> np.ndarray:
        """Services that the referral's reason may be about. Shape (n, services), bool.

        Those whose names share a distinctive word with the reason, and the one it names.
        """
        geography, (reasons, codes) = self._batch.context.geography, self.get_distinct_values("referral_reason")
        about = np.zeros((len(reasons), len(self._batch.context.practice.services)), bool)
        for row, reason in enumerate(reasons):
            if reason is not None:
                about[row, list(geography.find_services_sharing_word(reason))] = True
        about = about[codes]
        named = np.flatnonzero(self.referral_service >= 0)
        about[named, self.referral_service[named]] = True
        return about

    @computed_once
    def zip_row(self) -> IntArray:
        """Row of each ZIP code in ``zip_codes.ZipMap``; -1 not given or not on the map."""
        distinct, codes = self.get_distinct_values("postal_code")
        return load_zip_map().find_positions(distinct)[codes]

    @computed_once
    def timeframe_days(self) -> FloatArray:
        """The timeframe chosen on the form, in days; NaN where it states none."""
        readings, codes = self.read_values("timeframe")
        return readings.days[codes]


def _names_a_service(text: str) -> bool:
    """Return whether a text names some service, and is neither a general word nor a sentence."""
    return not is_generic_service(text) and not reads_as_sentence(text)
