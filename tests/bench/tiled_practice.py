"""Where do millions of leads come from? An invented practice tiled: fresh ids, times, phones, e-mails and messages,
written in row groups.

Lives here: the tiling. Does not live here: the practice (``features.synthetic``), measuring (``measure``).
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as parquet

from features.synthetic.generator import SyntheticPractice

__all__ = ["write_tiled"]

EVENTS_PER_LEAD = 8
_LAST_SEVEN = r"\d{3}(\D*)\d{4}(?!.*\d)"


def write_tiled(
    world: SyntheticPractice,
    leads: int,
    folder: Path,
    row_group: int = 100_000,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write ``leads`` leads and eight events for each as ``leads.parquet`` and ``events.parquet``, and the practice's
    own file.

    Every tile has its own ids, shifts each lead and its events by some minutes, and gives nearly every phone, e-mail
    and message other letters, so that no cache can help. Events stand in the order of time inside a row group, as a CRM
    exports them."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "practice.toml").write_text(world.practice_toml, encoding="utf-8")
    random = np.random.default_rng(7)
    tile_leads, tile_events = _first_tile(world)
    writers: dict[str, parquet.ParquetWriter] = {}
    done = number = 0
    while done < leads:
        group, waiting = [], 0
        while waiting < min(row_group, leads - done):
            group.append(_tile(tile_leads, tile_events, number, min(len(tile_leads), leads - done - waiting), random))
            waiting, number = waiting + len(group[-1][0]), number + 1
        done += waiting
        for name, frames in zip(("leads", "events"), zip(*group, strict=True), strict=True):
            whole = pd.concat(frames, ignore_index=True)
            table = pa.Table.from_pandas(
                whole.sort_values("occurred_at") if name == "events" else whole, preserve_index=False
            )
            if name not in writers:
                writers[name] = parquet.ParquetWriter(folder / f"{name}.parquet", table.schema)
            writers[name].write_table(table, row_group_size=row_group)
        if progress is not None:
            progress(done, leads)
    for writer in writers.values():
        writer.close()


def _first_tile(world: SyntheticPractice) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The practice's leads, and eight events for each of them: some are left out, page views are added."""
    events = world.events.assign(place=world.events.groupby("lead_id").cumcount())
    events = events[events["place"] < EVENTS_PER_LEAD].drop(columns="place")
    lacking = (
        EVENTS_PER_LEAD - world.leads["lead_id"].map(events["lead_id"].value_counts()).fillna(0).astype(int).to_numpy()
    )
    more = world.leads.loc[world.leads.index.repeat(lacking), ["lead_id", "created_at"]].rename(
        columns={"created_at": "occurred_at"}
    )
    more["occurred_at"] -= pd.to_timedelta(np.arange(len(more)) % 3600, unit="s")
    events = pd.concat([events, more.assign(kind="page_view", direction="inbound")], ignore_index=True)
    place = pd.Index(world.leads["lead_id"]).get_indexer(events["lead_id"])
    return world.leads.reset_index(drop=True), events.assign(place=place).sort_values(
        "place", kind="stable", ignore_index=True
    )


def _tile(
    leads: pd.DataFrame, events: pd.DataFrame, number: int, size: int, random: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One copy of the practice's first ``size`` leads under fresh ids, with their events."""
    leads, events = leads.iloc[:size].copy(), events.iloc[: size * EVENTS_PER_LEAD].copy()
    places = np.array([f"{number}-{place}" for place in range(size)])
    shift = pd.to_timedelta(random.integers(-600_000, 0, size), unit="s")
    leads["lead_id"] += f"-{number}"
    leads["created_at"] += shift
    leads["message"] = leads["message"] + " (" + places + ")"
    leads["email"] = places + leads["email"]
    digits = iter(random.integers((200, 0), (1000, 10_000), (size, 2)).tolist())
    leads["phone"] = leads["phone"].str.replace(
        _LAST_SEVEN, lambda found: "{:03d}{}{:04d}".format(*_around(next(digits), found[1])), regex=True
    )
    events["lead_id"] += f"-{number}"
    events["occurred_at"] += shift[events["place"].to_numpy()]
    return leads, events.drop(columns="place")


def _around(numbers: list[int], between: str) -> tuple[int, str, int]:
    """Exchange and line of a phone number, and what stood between them."""
    return numbers[0], between, numbers[1]
