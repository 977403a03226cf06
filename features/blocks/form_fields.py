"""What do the form's fields say?

Each distinct value of a field is read once, however many leads and moments have it.
"""

from collections.abc import Callable
from functools import cached_property

import numpy as np

from features.array_types import FloatArray, IntArray
from features.batch import Batch
from features.practice.zip_codes import load_zip_map
from features.text.field_reader import FormFieldReadings

__all__ = ["FormFieldsBlock"]


class FormFieldsBlock:
    """Fields of the leads, one entry per moment. Shape (n,)."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._values: dict[str, tuple[list[str | None], IntArray]] = {}
        self._is_given: dict[str, np.ndarray] = {}

    def map_values(self, name: str, read: Callable[[str | None], float]) -> FloatArray:
        """``read`` of the field's value (None when not given), called once for each distinct value. Shape (n,)."""
        distinct, place = self.get_distinct_values(name)
        return np.array([read(value) for value in distinct], float)[place]

    def is_given(self, name: str) -> np.ndarray:
        """Whether the field is filled in. Shape (n,), bool."""
        if name not in self._is_given:
            self._is_given[name] = np.not_equal(self._batch.column(name), None)
        return self._is_given[name]

    def get_distinct_values(self, name: str) -> tuple[list[str | None], IntArray]:
        """The distinct values of a text or category field, and where each moment's stands among them.

        Lengths as they come, and (n,).
        """
        if name not in self._values:
            codes, values = self._batch.coded(name)
            self._values[name] = values, codes[self._batch.of_lead]
        return self._values[name]

    def read_values(self, name: str) -> tuple[FormFieldReadings, IntArray]:
        """What each distinct value says when it is read as a message is, and where each moment's stands among them."""
        distinct, place = self.get_distinct_values(name)
        return self._batch.context.form_field_reader.read(distinct), place

    @cached_property
    def service(self) -> IntArray:
        """The service chosen on the form, as its position in ``practice.services``; -1 not given or not one of them."""
        distinct, place = self.get_distinct_values("service_requested")
        return self._batch.context.geography.find_positions(distinct, self._batch.context.geography.service_names)[place]

    @cached_property
    def referral_service(self) -> IntArray:
        """The one service that the referral's reason names; -1 none or several. Shape (n,)."""
        said, place = self.read_values("referral_reason")
        return np.where(said.services_named == 1, said.service, -1)[place]

    @cached_property
    def referral_services(self) -> np.ndarray:
        """Services that the referral's reason may be about: those whose names share a telling word with it, and the one
        it names. Shape (n, services), bool."""
        geography, (reasons, place) = self._batch.context.geography, self.get_distinct_values("referral_reason")
        about = np.zeros((len(reasons), len(self._batch.context.practice.services)), bool)
        for row, reason in enumerate(reasons):
            if reason is not None:
                about[row, list(geography.find_services_sharing_word(reason))] = True
        about = about[place]
        named = np.flatnonzero(self.referral_service >= 0)
        about[named, self.referral_service[named]] = True
        return about

    @cached_property
    def zip_row(self) -> IntArray:
        """Where each ZIP code stands in ``zip_codes.zip_map``; -1 not given or not on the map."""
        distinct, place = self.get_distinct_values("postal_code")
        return load_zip_map().find_positions(distinct)[place]

    @cached_property
    def timeframe_days(self) -> FloatArray:
        """The timeframe chosen on the form, in days; NaN where it says none."""
        said, place = self.read_values("timeframe")
        return said.days[place]
