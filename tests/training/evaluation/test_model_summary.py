"""Are leads sliced so that bands of age can be compared, and is nobody named by a slice?"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from training.evaluation.model_summary import slice_leads


@pytest.fixture
def tables(demo_tables):
    """The invented tables, of which some cells say more than a band."""
    leads = demo_tables.leads.copy()
    ages = np.resize(np.array(["18-39", "75+", "under 18", "65 and older", None], object), len(leads))
    ages[:2] = ["Ann Lee 45", "p.lee@example.org"]
    leads["age_band"] = pd.Series(ages, leads.index, object)
    return replace(demo_tables, leads=leads)


def test_ages_stand_as_they_are_and_what_is_no_age_is_not_said(tables, demo_practice):
    slices = slice_leads(tables, demo_practice, np.arange(len(tables.leads)))

    names = {name for name in slices["Age band"] if name is not None}
    assert names == {"18-39", "75+", "under 18", "65 and older", "another"}
    assert list(slices["Age band"][:2]) == ["another"] * 2 and slices["Age band"][4] is None


def test_months_clinics_and_services_are_those_of_the_practice(tables, demo_practice):
    slices = slice_leads(tables, demo_practice, np.arange(200))

    allowed = {clinic.name for clinic in demo_practice.clinics} | {"another", None}
    assert set(slices["Clinic asked for"]) <= allowed and {len(month) for month in slices["Month"]} == {7}
