"""Is the written mapping one that can be read back, whatever the headers are?"""

import pandas as pd

from features.mapping.column_mapping import read_mapping
from features.profiling.export_profile import profile_export
from features.profiling.folder_profile import profile_folder
from features.profiling.mapping_document import render_document
from tests.features.joins.invented_folder import write_folder


def test_headers_with_quotes_brackets_and_line_breaks_survive(tmp_path):
    frame = pd.DataFrame(
        {
            'The "why"': ["knee", "back"] * 20,
            "[x] = 'y'\n# z": ["a", "b"] * 20,
            "Won?": ["Yes", "No"] * 20,
        }
    )
    frame.to_csv(tmp_path / "leads.csv", index=False)
    profile = profile_export(tmp_path / "leads.csv")
    (tmp_path / "m.toml").write_text(render_document(profile), encoding="utf-8")

    assert read_mapping(tmp_path / "m.toml") == profile.mapping


def test_joined_exports_are_sections_of_their_own(tmp_path):
    write_folder(tmp_path)
    profile = profile_folder(tmp_path).leads
    (tmp_path / "m.toml").write_text(render_document(profile), encoding="utf-8")

    assert read_mapping(tmp_path / "m.toml") == profile.mapping
    assert '[joined."phone-log.csv"]' in render_document(profile) and "NO LABEL WAS FOUND" not in render_document(
        profile
    )
