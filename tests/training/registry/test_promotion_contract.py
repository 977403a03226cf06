"""Does the contract compare open leads, also those of a label column, and say why where there are none?"""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from training.registry.promotion_contract import _check_open_leads, _explain_no_open_leads, _find_open_leads


@pytest.mark.parametrize(
    ("dated", "labeled", "why"),
    [
        (False, True, "have no dates"),
        (True, True, "every lead of its newest 30 days has one: none is open"),
        (True, False, "No lead of the newest 30 days is open"),
    ],
)
def test_a_label_in_a_column_is_not_called_a_missing_date(demo_tables, dated, labeled, why):
    leads = demo_tables.leads if dated else demo_tables.leads.drop(columns="created_at")
    tables = replace(demo_tables, leads=leads, label=np.zeros(len(leads)) if labeled else None)

    sentence = _explain_no_open_leads(tables, SimpleNamespace(dated=dated, horizon_days=30))

    assert why in sentence and ("no dates" in sentence) == (not dated)


def test_open_leads_of_a_label_column_are_the_young_ones_without_an_outcome(demo_tables, bare_trained):
    bundle, created_at = bare_trained.bundle, demo_tables.created_at
    young = created_at > demo_tables.as_of - bundle.horizon_days * np.timedelta64(1, "D")
    # An old lead without an outcome is one of which nobody wrote it down.
    label = pd.Series(np.where(young & (np.arange(len(young)) % 4 > 0) | (np.arange(len(young)) == 0), np.nan, 1.0))
    tables = replace(demo_tables, label=label, outcomes=demo_tables.outcomes.iloc[:0])

    rows = _find_open_leads(tables, bundle)
    finding, changed = _check_open_leads(tables, bundle, bundle, None)

    assert set(rows) == set(np.flatnonzero(young & (np.arange(len(young)) % 4 > 0))) and len(rows) > 30
    assert finding.verdict == "holds" and f"0.0% of {len(rows)} open leads would change" in finding.sentence
    assert not changed
