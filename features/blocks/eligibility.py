"""May this person have the service, by its own rules? One answer per rule of ``practice.toml``.

Lives here: the answer to each rule of the service asked for, and how many rules are met or still open.
Does not live here: the rules themselves (``practice.eligibility_rules``).
"""

from dataclasses import dataclass

import numpy as np

from features.array_types import FloatArray, IntArray
from features.arrays.computed_once import computed_once
from features.batch import Batch
from features.blocks.form_fields import FormFieldsBlock
from features.blocks.text import TextBlock
from features.practice.eligibility_rules import parse_age_band

__all__ = ["EligibilityBlock"]


@dataclass(frozen=True)
class EligibilityBlock:
    """Answers to the rules of the service asked for, one entry per moment.

    1 met, 0 not met, NaN no such rule or unknown. Shape (n,).
    """

    batch: Batch
    text: TextBlock
    fields: FormFieldsBlock

    @computed_once
    def age(self) -> FloatArray:
        """Whether the person's age is one that the service is for; NaN also where the age band overlaps the limit.

        Age enters here and nowhere else: it decides what the service may do for a person, and is no signal of its own.
        """
        rules, service = self.batch.context.rules, self._service
        bands, codes = self.fields.get_distinct_values("age_band")
        low, high = np.array([parse_age_band(band) for band in bands]).reshape(-1, 2).T[:, codes]
        youngest, oldest = rules.youngest[service], rules.oldest[service]
        inside, outside = (low >= youngest) & (high <= oldest), (high < youngest) | (low > oldest)
        return np.where(inside, 1.0, np.where(outside, 0.0, np.nan))

    @computed_once
    def referral(self) -> FloatArray:
        """Whether there is a referral for a service that requires one.

        A referral counts when it is named, given a reason, mentioned, or when a provider's office sent the lead.
        """
        office = self.fields.map_values("relation", lambda relation: relation == "provider_office") > 0
        has_referral = (
            self.fields.is_given("referrer")
            | self.fields.is_given("referral_reason")
            | office
            | (self.text.mentions("referral") > 0)
        )
        return np.where(self.batch.context.rules.referral[self._service], has_referral.astype(float), np.nan)

    @computed_once
    def payer(self) -> FloatArray:
        """Whether the service asked for accepts the payer (any service, when none is known)."""
        return self._payers[np.arange(len(self._payers)), self._service]

    @computed_once
    def payer_anywhere(self) -> FloatArray:
        """Whether any service accepts the payer."""
        return self._payers[:, -1]

    @computed_once
    def rules(self) -> FloatArray:
        """How many rules (age, referral, payer) the service asked for has; NaN when no service is known."""
        rules, service = self.batch.context.rules, self._service
        has = (~np.isnan(rules.youngest)).astype(float) + rules.referral + rules.payers_restricted
        return np.where(service >= 0, has[service], np.nan)

    @computed_once
    def met_rules(self) -> FloatArray:
        """How many of those rules are met; NaN when no service is known."""
        met = (self.age == 1).astype(float) + (self.referral == 1) + (self._service_payer == 1)
        return np.where(self._service >= 0, met, np.nan)

    @computed_once
    def unanswered_rules(self) -> FloatArray:
        """How many of those rules nobody can answer yet; NaN when no service is known."""
        answered = (~np.isnan(self.age)).astype(float) + ~np.isnan(self.referral) + ~np.isnan(self._service_payer)
        return self.rules - answered

    @computed_once
    def _service_payer(self) -> FloatArray:
        """The payer's answer where the service names its payers."""
        return np.where(self.batch.context.rules.payers_restricted[self._service], self.payer, np.nan)

    @computed_once
    def _payers(self) -> FloatArray:
        """What ``EligibilityRules.check_payer`` answers for each moment. Shape (n, services + 1)."""
        payers, codes = self.fields.get_distinct_values("payer")
        return np.array([self.batch.context.rules.check_payer(payer) for payer in payers])[codes]

    @property
    def _service(self) -> IntArray:
        """The service asked for; -1 none."""
        return self.text.service
