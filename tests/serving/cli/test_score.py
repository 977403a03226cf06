"""Is a score_folder file the same, to the bit, whether its leads were read in one piece or in many?"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from features.mapping.column_mapping import Mapping
from serving.cli.push import push
from serving.cli.score import score, serve
from training.cli.monitor import monitor
from training.cli.verify import verify

LEADS = 1_300


@pytest.fixture(scope="module")
def practice_folder(tmp_path_factory):
    """Leads of whom many inquire again, with events, outcomes and copies far from each other."""
    draw = np.random.default_rng(5)
    folder = tmp_path_factory.mktemp("leads")
    created = pd.Timestamp("2026-01-01", tz="UTC") + pd.to_timedelta(draw.integers(0, 5_000_000, LEADS), unit="s")
    leads = pd.DataFrame(
        {
            "lead_id": [f"L{i}" for i in range(LEADS)],
            "created_at": created,
            "channel": draw.choice(["web_form", "referral", None], LEADS),
            "service_requested": draw.choice(["physio", "spine surgery", None], LEADS),
            "message": draw.choice(["urgent, back pain", "what does it cost", None], LEADS),
            "postal_code": draw.choice(["02110", "01960", None], LEADS),
            "phone": [f"(617) 555-{i:04d}" for i in draw.integers(0, 400, LEADS)],
            "Insurance tier": "gold",
        }
    )
    pd.concat([leads, leads.iloc[[3, 900]].assign(channel=["web_form", "phone"])]).to_parquet(
        folder / "leads.parquet", index=False, row_group_size=333
    )
    of = draw.choice([*leads["lead_id"], "stranger"], 4_000)
    seconds = pd.to_timedelta(draw.integers(0, 900_000, 4_000), unit="s")
    at = leads.set_index("lead_id")["created_at"].reindex(of).fillna(created.max()).reset_index(drop=True) + seconds
    kinds = draw.choice(["inbound_call", "page_view", "outbound_call", "mist"], 4_000)
    pd.DataFrame(
        {"lead_id": of, "occurred_at": at, "kind": kinds, "reached": draw.choice([True, False, None], 4_000)}
    ).to_parquet(folder / "events.parquet", index=False)
    outcomes = pd.DataFrame(
        {"lead_id": of[:700], "occurred_at": at[:700], "stage": draw.choice(["booked", "lost"], 700)}
    )
    outcomes.to_parquet(folder / "outcomes.parquet", index=False)
    return folder


def score_folder(data, bundle_folder, out, *more) -> tuple[bytes, str]:
    """The file that ``leadlight score`` writes, and what it says."""
    ran = CliRunner().invoke(
        score, ["--data", str(data), "--model", str(bundle_folder), "--out", str(out), *more], catch_exceptions=False
    )

    assert ran.exit_code == 0
    return out.read_bytes(), ran.stderr.partition("leads:")[2]


@pytest.mark.parametrize("more", [(), ("--at", "arrival", "--reasons")], ids=["latest", "arrival with reasons"])
def test_many_pieces_score_as_one(practice_folder, bundle, tmp_path, more):
    folder = tmp_path / "bundle"
    replace(bundle, mapping=Mapping.identity()).write(folder)

    content, report = score_folder(practice_folder, folder, tmp_path / "one.csv", *more)
    cut, report_of_pieces = score_folder(
        practice_folder, folder, tmp_path / "many.csv", "--leads-at-once", "500", *more
    )

    assert cut == content and report_of_pieces.split("Scoring")[0] == report.split("Scoring")[0]
    assert "is on an earlier row with other values" in report and "mist" in report
    table = pd.read_csv(tmp_path / "many.csv")
    assert table["lead_id"].tolist() == [f"L{i}" for i in range(LEADS)]


def test_parquet_written_in_pieces_holds_what_csv_holds(practice_folder, bundle, tmp_path):
    bundle.write(tmp_path / "bundle")

    score_folder(practice_folder, tmp_path / "bundle", tmp_path / "all.csv", "--leads-at-once", "500")
    score_folder(practice_folder, tmp_path / "bundle", tmp_path / "all.parquet", "--leads-at-once", "500")

    ours, theirs = pd.read_parquet(tmp_path / "all.parquet"), pd.read_csv(tmp_path / "all.csv")
    np.testing.assert_array_equal(ours["probability"], theirs["probability"])
    assert ours.columns.tolist() == theirs.columns.tolist() and sorted(path.name for path in tmp_path.iterdir()) == [
        "all.csv",
        "all.parquet",
        "bundle",
    ]


def test_the_model_of_the_environment_is_taken_where_none_is_named(practice_folder, bundle, tmp_path, monkeypatch):
    """``leadlight serve`` reads the same variable in the same way, as does ``bentoml serve``."""
    folder = tmp_path / "bundle"
    replace(bundle, mapping=Mapping.identity()).write(folder)
    named = score_folder(practice_folder, folder, tmp_path / "named.csv")[0]
    monkeypatch.setenv("LEADLIGHT_MODEL", str(folder))

    ran = CliRunner().invoke(score, ["--data", str(practice_folder), "--out", str(tmp_path / "of_variable.csv")])

    assert ran.exit_code == 0 and (tmp_path / "of_variable.csv").read_bytes() == named
    commands = (score, serve, push, monitor, verify)
    models = [option for command in commands for option in command.params if option.name == "model"]
    assert [option.envvar for option in models] == ["LEADLIGHT_MODEL"] * len(commands)
