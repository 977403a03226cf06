"""Does each check of the model of an installation find what it looks for?"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from serving.diagnostics.model_checks import check_model_age, check_practice_file


def test_a_model_older_than_half_a_year_is_a_note_and_a_young_one_is_none(bundle):
    now = datetime(2026, 7, 1, tzinfo=UTC)

    states = [
        check_model_age(replace(bundle, created_at=(now - timedelta(days=days)).isoformat()), now).state
        for days in (180, 181, -1)
    ]

    assert states == ["ok", "note", "ok"]


def test_the_practice_file_of_the_home_is_read_and_what_waits_for_training_is_named(tmp_path, bundle):
    assert list(check_practice_file(tmp_path, bundle)) == []
    states = []
    for text in ('name = "Hill"', "horizon_days = 91", 'locale = "xx"'):
        (tmp_path / "practice.toml").write_text(f"[practice]\n{text}\n")
        (finding,) = check_practice_file(tmp_path, bundle)
        states.append((finding.state, finding.message))

    assert [state for state, _ in states[1:]] == ["note", "fix"]
    assert "horizon_days" in states[1][1] and "line 2" in states[2][1]
