"""What may a model learn from before it is fitted at all?"""

import numpy as np
import pandas as pd
import pytest

from features.errors import MappingError
from features.mapping.column_mapping import Mapping
from features.practice.practice import Practice
from features.profiling.export_profile import propose_mapping
from features.tables.tables import read_tables
from training.pipeline import prepare
from training.settings import Settings


@pytest.mark.parametrize(("days", "is_learned"), [(300, False), (700, False), (800, True)])
def test_a_month_counts_once_every_month_came_twice(tmp_path, days, is_learned):
    """In ten months of data June came once: what it showed may be its season or the time since the last campaign."""
    random, leads = np.random.default_rng(1), 400
    arrived = pd.Timestamp("2023-01-02") + pd.to_timedelta(np.linspace(0, days, leads), unit="D")
    export = pd.DataFrame(
        {
            "Lead ID": np.arange(leads) + 100,
            "Created": arrived.strftime("%Y-%m-%d %H:%M"),
            "Source": random.choice(["web", "phone", "friend"], leads),
            "Outcome": np.where(random.random(leads) < 0.3, "Booked", "Not booked"),
        }
    )
    path = tmp_path / "export.csv"
    export.to_csv(path, index=False)

    tables = read_tables(path, propose_mapping(path), Practice())
    run = prepare(tables, Practice(), Settings(moments_hours=(0,)))

    names = {signal.name for signal in run.data.signals}
    assert ("arrival_month" in names) is is_learned
    assert "arrival_weekday" in names


def test_one_lead_of_a_mistyped_year_is_no_second_year(tmp_path):
    arrived = pd.Timestamp("2023-01-02") + pd.to_timedelta(np.linspace(0, 400, 400), unit="D")
    export = pd.DataFrame(
        {
            "Lead ID": np.arange(401),
            "Created": ["2015-01-02 10:00", *arrived.strftime("%Y-%m-%d %H:%M")],
            "Source": np.resize(["web", "phone", "friend"], 401),
            "Outcome": np.resize(["Booked", "Not booked", "Not booked"], 401),
        }
    )
    path = tmp_path / "export.csv"
    export.to_csv(path, index=False)

    tables = read_tables(path, propose_mapping(path), Practice())

    names = {signal.name for signal in prepare(tables, Practice(), Settings(moments_hours=(0,))).data.signals}
    assert "arrival_month" not in names and "arrival_weekday" in names


def test_a_file_is_refused_of_which_too_many_labels_have_no_place(tmp_path):
    path = tmp_path / "export.csv"
    status = np.resize(["Booked", "Lost", "Lost", "zzz"], 400)
    pd.DataFrame({"Lead ID": np.arange(400), "Status": status}).to_csv(path, index=False)
    label = {"column": "Status", "booked": ["Booked"], "not_booked": ["Lost"]}
    tables = read_tables(path, Mapping.from_dict({"version": 1, "leads": {"lead_id": "Lead ID"}, "label": label}))

    with pytest.raises(MappingError, match=r'100 of 400 rows .* not_booked = \["Lost", "zzz"\]'):
        prepare(tables, Practice(), Settings(moments_hours=(0,)))
