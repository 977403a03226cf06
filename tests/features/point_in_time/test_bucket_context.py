"""Does a bucket's context say of its leads what the context of all leads says?"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.point_in_time.bucket_context import merge_records, write_records
from features.point_in_time.chunked_context import ChunkRecords
from features.point_in_time.context import Context
from features.point_in_time.missing_pasts import describe_missing_pasts
from features.point_in_time.outcomes import add_practice_records, build_history
from features.practice.practice import Practice
from features.registry import CATALOGUE
from features.tables.tables import read_tables

LEADS = 900
FIELDS = ("channel", "person_id", "referrer")


@pytest.fixture(scope="module")
def tables():
    """Leads of people and referrers who come again, with outcomes; some become known after the end of the data."""
    draw = np.random.default_rng(4)
    created = pd.Timestamp("2026-01-01", tz="UTC") + pd.to_timedelta(draw.integers(0, 9_000_000, LEADS), unit="s")
    leads = pd.DataFrame(
        {
            "lead_id": [f"L{i}" for i in range(LEADS)],
            "created_at": created,
            "channel": draw.choice(["web", "phone", None], LEADS),
            "person_id": draw.choice([f"P{i}" for i in range(300)], LEADS),
            "referrer": draw.choice(["Dr. Ray", "Dr. Low", None], LEADS),
            "phone": [f"617555{i:04d}" for i in draw.integers(0, 400, LEADS)],
        }
    )
    outcomes = pd.DataFrame(
        {
            "lead_id": leads["lead_id"][:500],
            "occurred_at": created[:500] + pd.to_timedelta(draw.integers(0, 900_000, 500), unit="s"),
            "stage": draw.choice(["booked", "lost"], 500),
        }
    )
    return read_tables({"leads": leads, "outcomes": outcomes}, scoring=True)


def split(tables, buckets):
    """The tables of each bucket, by the numbers of the ids."""
    for bucket in range(buckets):
        frames = {
            name: getattr(tables, name)[lambda frame, b=bucket: frame["lead_id"].str[1:].astype(int) % buckets == b]
            for name in ("leads", "outcomes")
        }
        yield replace(tables, **{name: frame.reset_index(drop=True) for name, frame in frames.items()})


@pytest.mark.parametrize("buckets", [1, 5])
def test_rates_and_earlier_enquiries_are_those_of_all_leads(tables, tmp_path, buckets):
    early = build_history(tables, Practice(), "booked", np.datetime64("2026-02-01", "us")).publish()
    model = Context(history=early)
    expected = add_practice_records(model, tables, "booked")
    folders, records = [], []
    parts = list(split(tables, buckets))
    for number, part in enumerate(parts):
        folders.append(tmp_path / str(number))
        folders[-1].mkdir()
        records.append(write_records(folders[-1], ChunkRecords.of(part, model, "booked")))

    shared = merge_records(folders, records, model, tmp_path / "shared")

    assert shared.as_of == tables.as_of
    for part, folder in zip(parts, folders, strict=True):
        context = shared.build_context(model, folder)
        ids = part.leads["lead_id"].to_numpy(object)
        for cutoff in (part.leads["created_at"].dt.tz_localize(None).to_numpy(), np.full(len(ids), tables.as_of)):
            lookups = [side.history.prepare_lookup(ids, cutoff) for side in (context, expected)]
            np.testing.assert_array_equal(lookups[0].prior, lookups[1].prior)
            for name in FIELDS:
                values = part.leads[name].to_numpy(object)
                for found, wanted in zip(*(lookup.rate(name, values) for lookup in lookups), strict=True):
                    np.testing.assert_array_equal(found, wanted)
        columns = {"phone": part.leads["phone"].to_numpy(object), "person_id": part.leads["person_id"].to_numpy(object)}
        columns["created_at"] = part.leads["created_at"].dt.tz_localize(None).to_numpy("datetime64[us]")
        counts = [side.contacts.count_earlier_enquiries(columns, len(ids)) for side in (context, expected)]
        assert counts[0].max() >= 1
        np.testing.assert_array_equal(*counts)


def test_what_is_missing_of_peoples_pasts_is_known_without_any_bucket(tables, tmp_path):
    signals = [signal for signal in CATALOGUE.values() if {"history", "person_id"} <= set(signal.needs)]
    model = Context(history=build_history(tables, Practice(), "booked").publish())
    (tmp_path / "0").mkdir()
    record = write_records(tmp_path / "0", ChunkRecords.of(tables, model, "booked"))

    shared = merge_records([tmp_path / "0"], [record], model, tmp_path / "shared")

    assert signals and describe_missing_pasts(signals, shared.build_context(model)) is None
    assert "same person" in describe_missing_pasts(signals, model)
