"""Does an export whose only label is a date go from inspect to scores, and the date into no feature?"""

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from features.cli import inspect_file
from features.mapping.column_mapping import read_mapping
from features.practice.practice import Practice
from features.tables.tables import read_tables
from serving.cli.score import score
from training.pipeline import train
from training.settings import Settings

RATES = {"Google": 0.3, "Referral": 0.75, "Facebook": 0.1}


@pytest.fixture(scope="module")
def world():
    """Leads of three sources of which we know how many book, when, and for which day."""
    draw = np.random.default_rng(12)
    created = pd.Timestamp("2026-01-05 08:00") + pd.to_timedelta(np.sort(draw.uniform(0, 200, 500)), unit="D")
    source = draw.choice(list(RATES), 500)
    booked_at = created + pd.to_timedelta(draw.exponential(4, 500), unit="D")
    books = (draw.random(500) < pd.Series(source).map(RATES).to_numpy()) & (booked_at <= created.max())
    visit = booked_at.normalize() + pd.to_timedelta(draw.integers(2, 20, 500), unit="D") + pd.Timedelta(hours=9.5)
    return pd.DataFrame(
        {"created": created.floor("s"), "source": source, "at": booked_at, "visit": visit, "books": books}
    )


def write_cells(dates, books, pattern, empty=("",)):
    """Write dates, or one of the empty texts where nobody booked."""
    return [
        date.strftime(pattern) if book else empty[i % len(empty)]
        for i, (date, book) in enumerate(zip(dates, books, strict=True))
    ]


def write_crm(folder, world):
    """Write contacts of a CRM: a close date only for those who became patients."""
    path = folder / "contacts.csv"
    pd.DataFrame(
        {
            "Record ID": [str(55_000 + 3 * i) for i in range(len(world))],
            "Create Date": world["created"].dt.strftime("%Y-%m-%d %H:%M"),
            "Original Source": world["source"],
            "Close Date": write_cells(world["at"], world["books"], "%Y-%m-%d %H:%M"),
        }
    ).to_csv(path, index=False)
    return path


def write_visit_list(folder, world):
    """Write the list of a clinic's own system: the day and time of the visit."""
    path = folder / "referrals.csv"
    pd.DataFrame(
        {
            "Referral No": [f"R{i:05}" for i in range(len(world))],
            "Referral Date": world["created"].dt.strftime("%m/%d/%Y"),
            "Referral Source": world["source"],
            "appointment_date": write_cells(world["visit"], world["books"], "%m/%d/%Y %I:%M %p"),
        }
    ).to_csv(path, index=False)
    return path


def write_spreadsheet(folder, world):
    """Write a workbook kept by hand: days, with empty cells in three writings."""
    path = folder / "inquiries.xlsx"
    pd.DataFrame(
        {
            "Date of inquiry": world["created"].dt.strftime("%d/%m/%Y"),
            "Where from": world["source"],
            "Date booked": write_cells(world["at"], world["books"], "%d/%m/%Y", ("", "n/a", "-")),
        }
    ).to_excel(path, index=False)
    return path


@pytest.mark.parametrize("write", [write_crm, write_visit_list, write_spreadsheet])
def test_every_shape_is_inspected_trained_and_scored(tmp_path, world, write):
    path = write(tmp_path, world)

    inspected = CliRunner().invoke(inspect_file, [str(path), "--out", str(tmp_path / "m.toml")])
    mapping = read_mapping(tmp_path / "m.toml")
    tables = read_tables(path, mapping, Practice(timezone="UTC"))
    trained = train(tables, Practice(timezone="UTC"), Settings(resamples=5, folds=3, threads=1, most_trees=60), mapping)
    trained.bundle.write(tmp_path / "bundle")
    options = ["--data", str(path), "--model", str(tmp_path / "bundle"), "--out", str(tmp_path / "scores.csv")]
    scored = CliRunner().invoke(score, options)

    assert inspected.exit_code == 0 and "(date)" in inspected.output and "QUESTION: no" not in inspected.output
    assert scored.exit_code == 0, scored.output
    header = mapping.label_column
    assert not [signal.name for signal in trained.bundle.signals if header in signal.name]
    scores = pd.read_csv(tmp_path / "scores.csv")["probability"].to_numpy()
    means = {source: scores[(world["source"] == source).to_numpy()].mean() for source in RATES}
    assert means["Facebook"] < means["Google"] < means["Referral"]
    # The score of a lead rests on nothing that came later: whoever booked scores as those of the same source and day.
    books = world["books"].to_numpy()
    for source in RATES:
        of_source = (world["source"] == source).to_numpy()
        assert abs(scores[of_source & books].mean() - scores[of_source & ~books].mean()) < 0.06
