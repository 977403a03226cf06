"""Are columns judged by what became of the leads when only a file beside them says it? With planted leaks."""

import numpy as np
import pandas as pd
import pytest

from features.profiling.folder_profile import profile_folder

LEAKS = (
    "Stage",
    "Handled by",
    "Last Modified Date",
    "Benefits check",
    "Packet",
    "Deposit",
    "Touches",
    "Callback result",
)
HONEST = ("Heard of us", "Device", "Pages seen", "Form length")
ROWS = 900


def write_practice(folder, outcomes):
    """Write leads with planted leaks, and what became of them as an appointment list or as a table of ours."""
    draw = np.random.default_rng(31)
    created = pd.Timestamp("2026-01-05 08:00") + pd.to_timedelta(np.sort(draw.uniform(0, 220, ROWS)), unit="D")
    source = draw.choice(["Search", "Friend", "Radio"], ROWS)
    rate = pd.Series(source).map({"Search": 0.3, "Friend": 0.6, "Radio": 0.2}).to_numpy()
    booked_at = created + pd.to_timedelta(draw.exponential(4, ROWS), unit="D")
    booked = (draw.random(ROWS) < rate) & (booked_at <= created.max())
    is_open = ~booked & (created + pd.Timedelta(days=30) > created.max())
    touched = created + pd.to_timedelta(np.where(booked, draw.uniform(5, 60, ROWS), draw.uniform(0, 9, ROWS)), unit="D")

    def pick(share_booked, share_lost, value):
        """Return a value for a share of those who booked, and for a smaller one of those who did not."""
        return np.where(draw.random(ROWS) < np.where(booked, share_booked, share_lost), value, "")

    emails = [f"someone{i}@post{i % 3}.org" for i in range(ROWS)]
    leads = pd.DataFrame(
        {
            "Enquiry No": [f"E-{7000 + i}" for i in range(ROWS)],
            "Received": created.strftime("%Y-%m-%d %H:%M:%S"),
            "E-mail": emails,
            "Heard of us": source,
            "Device": draw.choice(["phone", "desktop", "tablet"], ROWS),
            "Pages seen": draw.poisson(4, ROWS),
            "Form length": draw.choice(["short", "long", ""], ROWS),
            "Stage": np.where(booked, "Q4", np.where(is_open, "Q1", "Q9")),
            "Handled by": np.where(
                booked, draw.choice(["Team 4", "Team 7"], ROWS), draw.choice(["Pool", "Team 4"], ROWS)
            ),
            "Last Modified Date": touched.strftime("%Y-%m-%d %H:%M:%S"),
            "Benefits check": pick(0.8, 0.15, "done"),
            "Packet": pick(0.7, 0.05, "sent"),
            "Deposit": pick(0.6, 0.0, "50"),
            "Touches": np.where(booked, draw.poisson(6, ROWS), draw.poisson(2, ROWS)),
            "Callback result": np.where(booked, "agreed", draw.choice(["voicemail", "agreed", "no pickup"], ROWS)),
        }
    )
    if outcomes == "visits.csv":
        leads.to_csv(folder / "enquiries.csv", index=False)
        visits = pd.DataFrame(
            {
                "Booked At": booked_at.strftime("%m/%d/%Y %I:%M %p"),
                "Visit Date": (booked_at + pd.Timedelta(days=9)).strftime("%m/%d/%Y"),
                "Visit Status": draw.choice(["Scheduled", "No-Show", "Canceled"], ROWS),
                "Patient Email": emails,
            }
        )
    else:
        leads.rename(columns={"Enquiry No": "lead_id", "Received": "created_at"}).to_csv(
            folder / "leads.csv", index=False
        )
        visits = pd.DataFrame(
            {"lead_id": leads["Enquiry No"], "occurred_at": booked_at.strftime("%Y-%m-%d %H:%M"), "stage": "booked"}
        )
    visits[booked].to_csv(folder / outcomes, index=False)
    return booked, is_open


@pytest.mark.parametrize("outcomes", ["visits.csv", "outcomes.csv"])
def test_planted_leaks_are_left_out_with_their_evidence_and_honest_columns_stay(tmp_path, outcomes):
    booked, is_open = write_practice(tmp_path, outcomes)

    profile = profile_folder(tmp_path)
    findings = {finding.column: finding for finding in profile.leads.findings}

    assert [name for name in LEAKS if findings[name].role != "left out"] == []
    assert {name for name in LEAKS if "suspect" not in findings[name].reason} == {"Handled by"}
    assert "about staff" in findings["Handled by"].reason
    assert [name for name in HONEST if findings[name].role == "left out"] == []
    assert f"{booked.sum():,} leads booked" in "\n".join(profile.lines)
    assert f"{is_open.sum():,} are not decided yet" in "\n".join(profile.lines)


def test_a_lost_lead_is_decided_however_young(tmp_path):
    write_practice(tmp_path, "outcomes.csv")
    table = pd.read_csv(tmp_path / "outcomes.csv")
    lost = pd.DataFrame({"lead_id": [f"E-{7000 + ROWS - 1}"], "occurred_at": ["2026-08-12 23:00"], "stage": ["Lost"]})
    _, is_open = write_practice(tmp_path, "outcomes.csv")
    pd.concat([table, lost]).to_csv(tmp_path / "outcomes.csv", index=False)

    assert f"{is_open.sum() - 1:,} are not decided yet" in "\n".join(profile_folder(tmp_path).lines)


def test_a_column_that_only_sounds_like_a_label_stays_an_input(tmp_path):
    write_practice(tmp_path, "visits.csv")
    leads = pd.read_csv(tmp_path / "enquiries.csv", dtype=str)
    leads["Form completed"] = np.where(np.arange(len(leads)) % 3 == 0, "Yes", "No")
    leads.to_csv(tmp_path / "enquiries.csv", index=False)

    findings = {finding.column: finding for finding in profile_folder(tmp_path).leads.findings}

    assert findings["Form completed"].role == "custom yes_no"
