"""How long does a training take beside the boosters that it cannot do without?

    python -m tests.bench.training_time                 12,000 leads of the invented practice, a minute or two
    python -m tests.bench.training_time --leads 4000    shorter
    python -m tests.bench.training_time --fast          what a first look costs

The floor is bare LightGBM in the same process: one booster for each fold and one for all moments, on the same matrix,
with the settings and the number of trees of the model that is signed. A small run goes
before, so that nothing is compiled."""

import resource
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import click
import lightgbm
import numpy as np

from features.mapping.column_mapping import Mapping
from features.practice.practice import Practice
from features.practice_file.practice_toml import read_practice
from features.synthetic.generator import invent
from features.tables.tables import Tables, read_tables
from training.model.gradient_boosting import fit_trees
from training.pipeline import train
from training.preparation import prepare
from training.settings import Settings

_SETTINGS = Settings(threads=1)
_WARMING_LEADS = 800


@click.command()
@click.option("--leads", default=12_000, show_default=True)
@click.option("--fast", is_flag=True, help="As ``leadlight train --fast``; the floor stays.")
def measure(leads: int, fast: bool) -> None:
    """CPU seconds of ``training.pipeline.train``, and of the floor."""
    with tempfile.TemporaryDirectory(prefix="leadlight-training-") as temporary:
        train(*_read(Path(temporary) / "small", _WARMING_LEADS), _SETTINGS)
        tables, practice = _read(Path(temporary) / "large", leads)
        start = time.process_time()
        bundle = train(tables, practice, replace(_SETTINGS, fast=fast)).bundle
        took = time.process_time() - start
        trees = lightgbm.Booster(model_str=bundle.model_text).num_trees()
        floor, boosters = _measure_floor(tables, practice, trees)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    how, target = ("fast training", 3) if fast else ("training", 5)
    name = f"(f) {how} on {leads:,} leads, floor: {boosters} bare boosters of {trees} trees (target {target})"
    click.echo(f"{name:<84}{took:>9.1f} CPU s{floor:>9.1f} CPU s{took / floor:>8.1f}   {memory:,.0f} MB")


def _read(folder: Path, leads: int) -> tuple[Tables, Practice]:
    """Invent a practice of so many leads and read it."""
    invent(leads, seed=7).write(folder)
    return read_tables(folder, Mapping.identity()), read_practice(folder / "practice.toml")


def _measure_floor(tables: Tables, practice: Practice, trees: int) -> tuple[float, int]:
    """Return the CPU seconds of the boosters, and how many there are."""
    data = prepare(tables, practice, _SETTINGS).data
    parts = [*(fold.train for fold in data.splits.folds), np.arange(len(data.rows))]
    start = time.process_time()
    for rows in parts:
        whole = data.select(rows)
        fit_trees(
            whole._replace(rows=whole.rows[: whole.whole], label=whole.label[: whole.whole], weight=None),
            data.signals,
            _SETTINGS,
            trees,
        )
    return time.process_time() - start, len(parts)


if __name__ == "__main__":
    measure()
