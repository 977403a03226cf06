"""Does the contract say why open leads could not be compared, as it is?"""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from training.registry.promotion_contract import _explain_no_open_leads


@pytest.mark.parametrize(
    ("dated", "labeled", "why"),
    [
        (False, True, "have no dates"),
        (True, True, "only where a table of outcomes with times"),
        (True, False, "No lead of the newest 30 days is open"),
    ],
)
def test_a_label_in_a_column_is_not_called_a_missing_date(demo_tables, dated, labeled, why):
    leads = demo_tables.leads if dated else demo_tables.leads.drop(columns="created_at")
    tables = replace(demo_tables, leads=leads, label=np.zeros(len(leads)) if labeled else None)

    sentence = _explain_no_open_leads(tables, SimpleNamespace(dated=dated, horizon_days=30))

    assert why in sentence and ("no dates" in sentence) == (not dated)
