"""Does ``leadlight bucket`` say what it made, and take the mapping that it is given?"""

import pandas as pd
from click.testing import CliRunner

from features.chunks.bucket_folder import BucketManifest
from serving.cli.bucket import bucket


def test_a_mapping_names_the_column_of_the_lead(tmp_path):
    leads = pd.DataFrame({"Record ID": [f"R{i}" for i in range(50)], "Create Date": "2026-03-01"})
    leads.to_csv(tmp_path / "leads.csv", index=False)
    (tmp_path / "m.toml").write_text(
        'version = 1\n[leads]\nlead_id = "Record ID"\ncreated_at = "Create Date"\n', encoding="utf-8"
    )

    ran = CliRunner().invoke(
        bucket,
        ["--data", str(tmp_path / "leads.csv"), "--mapping", str(tmp_path / "m.toml"), "--out", str(tmp_path / "b")],
        catch_exceptions=False,
    )

    assert ran.exit_code == 0 and "50 rows of leads in 1 buckets. Written:" in ran.stdout
    assert BucketManifest.read(tmp_path / "b").tables["leads"].id_header == "Record ID"
