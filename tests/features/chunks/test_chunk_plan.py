"""Are tables cut into chunks that fit, and read whole where they cannot be cut?"""

import pandas as pd

from features.chunks.chunk_plan import open_sources, plan_chunks
from features.mapping.column_mapping import Mapping


def write(folder, leads, events):
    """Two Parquet tables."""
    pd.DataFrame({"lead_id": range(leads)}).to_parquet(folder / "leads.parquet")
    pd.DataFrame({"lead_id": [0] * events, "kind": "chat"}).to_parquet(folder / "events.parquet")
    return folder


def test_many_events_of_few_leads_make_more_chunks(tmp_path):
    sources = open_sources(write(tmp_path, 5, 1_000), Mapping.identity(), 10)

    assert plan_chunks(5, sources, 10) == (10, 7)
    assert plan_chunks(100, {"leads": sources["leads"]}, 10) == (10, 10)
    assert plan_chunks(10_000, {"leads": sources["leads"]}, 1)[1] <= 512


def test_what_fits_in_one_chunk_or_is_no_parquet_is_read_whole(tmp_path):
    folder = write(tmp_path, 5, 20)

    assert open_sources(folder, Mapping.identity(), 10) is None
    (folder / "events.parquet").unlink()
    (folder / "events.csv").write_text("lead_id,kind\n")
    assert open_sources(folder, Mapping.identity(), 2) is None
