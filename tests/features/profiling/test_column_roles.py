"""What becomes of each column of an export, judged by what is known when a lead arrives?"""

import random
from datetime import datetime, timedelta

import pytest

from features.profiling.export_profile import profile_export

ARRIVAL = datetime(2026, 1, 5, 9)


@pytest.mark.parametrize(
    ("header", "role"),
    [("Outcome date", "left out"), ("Decided on", "left out"), ("Appointment Day", "custom date")],
)
def test_the_day_on_which_a_lead_ended_is_no_input_and_a_planned_day_is(tmp_path, header, role):
    rows = [f"Ref,Received,Kind,Outcome,{header}"]
    chance = random.Random(5)
    for number in range(300):
        arrival = ARRIVAL + timedelta(hours=31 * number)
        ended = arrival + timedelta(days=chance.randint(1, 6))
        outcome = chance.choice(("Attended", "Declined", "No show"))
        rows.append(f"R{number},{arrival:%Y-%m-%d %H:%M},{chance.choice('abc')},{outcome},{ended:%Y-%m-%d}")
    (tmp_path / "export.csv").write_text("\n".join(rows))

    profile = profile_export(tmp_path / "export.csv")

    findings = {row[0]: row[3:] for row in profile.to_rows()}
    assert profile.mapping.label_known_at == header and findings[header][0] == role
    assert "known_at under [label]" in findings[header][1]
