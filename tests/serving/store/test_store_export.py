"""Does training read from the store what it would read from files, to the bit?"""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.batch import Batch
from features.calendar.timezones import to_utc_times
from features.feature_matrix import compute_matrix, select_supported_signals
from features.mapping.column_mapping import Mapping
from features.point_in_time.context import Context
from features.point_in_time.scoring_moments import Moments
from features.schema import CUSTOM_PREFIX, LEADS
from features.signals.custom_columns import build_column_signals
from features.tables.json_payload import convert_payload, lead_to_payload
from features.tables.tables import read_tables
from serving.store.database.entities import Event, Lead, Outcome
from serving.store.maintenance.bulk_load import load_tables
from serving.store.store import resolve_store_url
from training.evaluation.provenance import data_sha256

LATER = np.timedelta64(3, "D")


def fill(store, tables, lead_of):
    """Put validated tables into the store, lead by lead."""
    with store.transaction() as at:
        for row, lead_id in enumerate(tables.leads["lead_id"]):
            at.leads.put(lead_of(tables, row))
            at.events.add(lead_id, [_build(Event, event) for event in _rows_of(tables.events, lead_id)])
            for outcome in _rows_of(tables.outcomes, lead_id):
                at.outcomes.add(lead_id, _build(Outcome, outcome))


def _rows_of(frame, lead_id):
    """A lead's rows, without what they do not say."""
    rows = frame[frame["lead_id"] == lead_id].drop(columns="lead_id").to_dict("records")
    return [{name: value for name, value in row.items() if value is not None and value == value} for row in rows]


def _build(kind, row):
    return kind(
        **{name: value.to_pydatetime() if isinstance(value, pd.Timestamp) else value for name, value in row.items()}
    )


def as_typed(tables, row):
    """A lead as the table has it: an empty cell was asked for and left empty, an unread one was not sent."""
    lead = tables.leads.iloc[row]
    values = {name: value if value == value else None for name, value in lead.items()}
    return Lead.of(
        {
            name: value.to_pydatetime() if isinstance(value, pd.Timestamp) else value
            for name, value in values.items()
            if value is not None or tables.is_left_empty(name, lead["lead_id"])
        }
    )


def as_sent(tables, row):
    """A lead as a CRM sends it and a route reads it."""
    payload = json.loads(json.dumps(lead_to_payload(tables, row, np.datetime64("NaT"))))
    kinds = {column.name: column.kind for column in LEADS.columns} | {name: "category" for name in tables.custom}
    converted, faults, ignored = convert_payload(payload, kinds, None)
    assert faults == [] and ignored == []
    return Lead.of(converted | {CUSTOM_PREFIX + name: value for name, value in payload["custom"].items()})


def features_of(tables, practice):
    """Every feature of every lead, three days after it arrived, and the features' names."""
    context = Context(practice)
    signals = select_supported_signals(tuple(tables.leads.columns), len(tables.events) > 0, context)
    moments = Moments.single(to_utc_times(tables.leads["created_at"]) + LATER)
    batch = Batch.from_tables(tables, moments.of_lead, moments.cutoff, context)
    column_signals = [
        build_column_signals(name, tables.custom[name], batch.columns[name]) for name in sorted(tables.custom)
    ]
    signals = (*signals, *(signal for signals_of_one in column_signals for signal in signals_of_one))
    return compute_matrix(batch, signals), [signal.name for signal in signals]


@pytest.fixture(scope="module")
def files(demo_folder, demo_practice, tmp_path_factory):
    """120 invented leads with own columns, in files; and their tables."""
    folder = tmp_path_factory.mktemp("files")
    frames = {name: pd.read_parquet(demo_folder / f"{name}.parquet") for name in ("leads", "events", "outcomes")}
    leads = frames["leads"].head(120)
    leads.to_parquet(folder / "leads.parquet")
    for name in ("events", "outcomes"):
        frames[name][frames[name]["lead_id"].isin(leads["lead_id"])].to_parquet(folder / f"{name}.parquet")
    return read_tables(folder, Mapping.identity(), demo_practice)


@pytest.mark.parametrize("lead_of", [as_typed, as_sent])
def test_the_store_gives_the_tables_and_features_that_files_give(store, settings, files, demo_practice, lead_of):
    fill(store, files, lead_of)
    # The same event told twice with the same content is one event to the store; a file may hold both.
    files = replace(files, events=files.events.drop_duplicates(ignore_index=True))

    from_store = read_tables(resolve_store_url(settings), Mapping.identity(), demo_practice)

    assert len(files.events) > 100 and len(files.outcomes) > 50 and len(files.custom) >= 5
    filled = [name for name in files.leads if files.leads[name].notna().any()]
    pd.testing.assert_frame_equal(from_store.leads, files.leads[filled], check_like=True)
    for name in ("events", "outcomes"):
        theirs = getattr(files, name)
        pd.testing.assert_frame_equal(
            getattr(from_store, name), theirs[[column for column in theirs if theirs[column].notna().any()]]
        )
    assert (
        from_store.custom == files.custom
        # What a placeholder stood for was left out when the lead was stored, so no fault is left to report.
        and from_store.faults == tuple(fault for fault in files.faults if fault.rejects)
        and len(from_store.rejected) == len(files.rejected)
    )
    ours, names = features_of(from_store, demo_practice)
    theirs, their_names = features_of(files, demo_practice)
    assert len(names) > 40 and names == their_names
    assert ours.tobytes() == theirs.tobytes()


def test_spending_and_who_booked_are_read_from_the_store_as_from_their_folder(
    store, settings, demo_folder, demo_practice, tmp_path
):
    for name in ("leads", "events", "outcomes", "spend"):
        frame = pd.read_parquet(demo_folder / f"{name}.parquet")
        if name == "outcomes":
            frame["staff_id"] = [f"S-{number % 4}" if number % 3 else None for number in range(len(frame))]
        # Two amounts of one day, campaign and channel, as an export by advertisement has them.
        frame = frame.head(120) if name == "leads" else frame
        frame = pd.concat([frame, frame.head(3)], ignore_index=True) if name == "spend" else frame
        frame.to_parquet(tmp_path / f"{name}.parquet")
    files = read_tables(tmp_path, Mapping.identity(), demo_practice, scoring=True)

    counts = load_tables(store, files)
    from_store = read_tables(resolve_store_url(settings), Mapping.identity(), demo_practice, scoring=True)

    assert counts.spend == len(files.spend) > 1_000 and files.outcomes["staff_id"].notna().sum() > 30
    pd.testing.assert_frame_equal(from_store.spend, files.spend)
    pd.testing.assert_frame_equal(
        from_store.outcomes[["lead_id", "stage", "staff_id"]], files.outcomes[["lead_id", "stage", "staff_id"]]
    )
    assert data_sha256(from_store)["spend"] == data_sha256(files)["spend"]


def test_the_report_counts_leads_that_were_changed_after_they_arrived(store, settings, ann, clock):
    with store.transaction() as at:
        at.leads.put(Lead("L-2", {"channel": "phone"}))
    clock.forward(days=1)
    with store.transaction() as at:
        at.leads.put(Lead("L-1", {"channel": "phone"}, {"channel": "an own column of that name"}))

    tables = read_tables(resolve_store_url(settings))

    assert tables.leads["channel"].tolist() == ["inbound_call", "inbound_call"]
    assert any("leads: 1 of them were changed after they arrived" in note for note in tables.notes)
    assert any("1 custom columns have the name of a column of ours" in note for note in tables.notes)


def test_what_the_store_keeps_beside_its_rows_is_no_column(store, settings, ann):
    store.close()  # nothing of SQLite's journal is left then, and it must be read all the same

    tables = read_tables(resolve_store_url(settings))

    assert set(tables.leads) == {
        "lead_id",
        "created_at",
        "channel",
        "email",
        "phone",
        "message",
        "existing_patient",
        "custom:Tier",
    }
    assert set(tables.custom) == {"custom:Tier"}
