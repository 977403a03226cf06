"""Do invented names change nothing but the names, and does no score read them?"""

import pandas as pd
from click.testing import CliRunner

from features.practice_file.practice_toml import read_practice
from features.synthetic.generator import invent
from features.synthetic.lead_names import add_names
from features.tables.tables import read_tables
from serving.cli.main import leadlight


def test_names_are_the_only_thing_added_and_the_same_for_a_seed():
    practice = invent(200, 5)

    named, again = add_names(practice, 5), add_names(practice, 5)

    pd.testing.assert_frame_equal(named.leads.drop(columns=["first_name", "last_name"]), practice.leads)
    pd.testing.assert_frame_equal(named.leads, again.leads)
    assert 0.7 < named.leads["first_name"].notna().mean() < 0.95
    assert (named.leads["first_name"].isna() == named.leads["last_name"].isna()).all()


def test_what_is_read_for_scores_holds_no_name(tmp_path):
    done = CliRunner().invoke(
        leadlight, ["demo-data", "--leads", "120", "--names", "--out", str(tmp_path / "demo")], catch_exceptions=False
    )
    tables = read_tables(str(tmp_path / "demo"), None, read_practice(tmp_path / "demo" / "practice.toml"))

    assert done.exit_code == 0
    assert not [column for column in tables.leads.columns if "name" in column]
