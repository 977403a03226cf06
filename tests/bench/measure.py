"""How fast is it, how does it grow, and what memory does it take? Each figure beside a floor measured in the same run.

    make bench              smaller sizes, some minutes
    make bench FULL=1       a million leads offline, growth to three million, ten million scored

Everything happens in a temporary folder that is removed; nothing is written into the project. Children measure
themselves, so that the CPU and the memory of one measurement are its own."""

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import click
import numpy as np
import pyarrow.parquet as parquet

from features.batch import Batch
from features.feature_matrix import compute_matrix
from features.mapping.column_mapping import Mapping
from features.point_in_time.outcomes import add_practice_records
from features.point_in_time.scoring_moments import Moments
from features.practice_file.practice_toml import read_practice
from features.progress_bar import progress_bar
from features.registry import Signal
from features.synthetic.generator import invent
from features.tables.json_payload import convert_payload, lead_to_payload
from features.tables.tables import read_tables
from tests.bench.tiled_practice import write_tiled
from tests.bench.wide_export import write_wide_export
from training.bundle import Bundle

PRACTICE_LEADS = 4_000
ONE_BY_ONE = 400
INSPECTED = 100_000
SIZES = {
    False: {"offline": 100_000, "growth": (30_000, 300_000), "score": 300_000},
    True: {"offline": 1_000_000, "growth": (100_000, 3_000_000), "score": 10_000_000},
}


@click.group(invoke_without_command=True)
@click.option("--full", is_flag=True, help="A million leads offline, growth to three million, ten million scored.")
@click.option("--offline", type=int, help="Leads read and computed offline.")
@click.option("--growth", type=(int, int), help="Leads at the start and at the end of the growth.")
@click.option("--score", "scored", type=int, help="Leads scored by `leadlight score`; 0 leaves it out.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    help="Keep the invented data here and use what is there; a temporary folder when left out.",
)
@click.pass_context
def measure(
    context: click.Context,
    full: bool,
    offline: int | None,
    growth: tuple[int, int] | None,
    scored: int | None,
    folder: Path | None,
) -> None:
    """All measurements, as one table."""
    if context.invoked_subcommand:
        return
    sizes = SIZES[full]
    offline, growth, scored = (
        offline or sizes["offline"],
        growth or sizes["growth"],
        sizes["score"] if scored is None else scored,
    )
    with tempfile.TemporaryDirectory(prefix="leadlight-bench-") as temporary, progress_bar() as tell:
        home = folder or Path(temporary)
        prepare(home, {offline, *growth, *([scored] if scored else ())}, tell)
        rows = [("Measured", "Value", "Floor", "Ratio")]
        rows += [
            one_lead(home),
            *offline_rows(home, offline, tell),
            growth_row(home, growth, tell),
            inspect_row(home, tell),
            *(score_rows(home, scored, tell) if scored else ()),
        ]
    click.echo("\n".join("{:<62}{:>22}{:>22}{:>10}".format(*row) for row in rows))


def prepare(home: Path, sizes: set[int], tell: Callable[[str, int, int], None]) -> None:
    """A model trained on a small invented practice, and the practice tiled to each size."""
    from training.pipeline import train
    from training.settings import Settings

    home.mkdir(parents=True, exist_ok=True)
    tell("Inventing a practice and training on it", 0, 1)
    world = invent(PRACTICE_LEADS, seed=7)
    world.write(home / "practice")
    tables = read_tables(home / "practice", Mapping.identity())
    practice = read_practice(home / "practice" / "practice.toml")
    train(tables, practice, Settings(resamples=20, folds=4, threads=1), tables.mapping).bundle.write(home / "bundle")
    tell("Inventing a practice and training on it", 1, 1)
    for leads in sorted(sizes):
        if not (home / f"{leads}" / "done").exists():
            write_tiled(
                world,
                leads,
                home / f"{leads}",
                progress=lambda done, of, what=f"Inventing {leads:,} leads": tell(what, done, of),
            )
            (home / f"{leads}" / "done").touch()


def one_lead(home: Path) -> tuple[str, ...]:
    """Median time of one lead's matrix row from its payload; the floor is the same call of an empty lead without any
    signal.
    """
    bundle = Bundle.load(home / "bundle")
    tables = read_tables(home / "practice", bundle.mapping, bundle.practice, scoring=True)
    now = tables.as_of
    payloads = [lead_to_payload(tables, row, now) for row in range(ONE_BY_ONE)]
    read = [convert_payload(payload, bundle.columns, bundle.practice.zone, bundle.mapping)[0] for payload in payloads]

    def row_of(payload, signals):
        return compute_matrix(Batch.from_payloads([payload], bundle.context, bundle.columns, now), signals)

    took = _median_us([lambda payload=payload: row_of(payload, bundle.signals) for payload in read])
    floor = _median_us([lambda: compute_matrix(Batch.from_payloads([{}], bundle.context, {}, now), ())] * ONE_BY_ONE)
    return (
        f"(a) one lead online, {len(bundle.signals)} signals, median (target < 1,000 us)",
        f"{took:,.0f} us",
        f"{floor:,.0f} us",
        f"{took / floor:.1f}",
    )


def offline_rows(home: Path, leads: int, tell: Callable[[str, int, int], None]) -> list[tuple[str, ...]]:
    """CPU seconds to read and compute, beside those of reading the same files with pyarrow."""
    rows = []
    for part, words in (("all", "every signal"), ("without-text", "without messages and places")):
        found = _child(tell, f"Offline, {leads:,} leads, {words}", "offline", home, leads, part)
        name = f"(b) {leads:,} leads, {8 * leads:,} events, {words}"
        rows.append(
            (
                name,
                f"{found['read'] + found['features']:.1f} CPU s",
                f"{found['floor']:.1f} CPU s",
                f"{(found['read'] + found['features']) / found['floor']:.1f}",
            )
        )
        rows.append(
            (
                "    of which reading and validating",
                f"{found['read']:.1f} CPU s",
                "",
                f"{found['read'] / found['floor']:.1f}",
            )
        )
    return rows


def growth_row(home: Path, growth: tuple[int, int], tell: Callable[[str, int, int], None]) -> tuple[str, ...]:
    """CPU a lead at the end of the growth beside that at its start: 1.0 is linear."""
    each = [_child(tell, f"Growth, {leads:,} leads", "offline", home, leads, "without-text") for leads in growth]
    small, large = (
        (found["read"] + found["features"]) / leads * 1e6 for found, leads in zip(each, growth, strict=True)
    )
    return (
        f"(c) a lead among {growth[1]:,}, floor: among {growth[0]:,} (1.0 is linear)",
        f"{large:.1f} CPU us",
        f"{small:.1f} CPU us",
        f"{large / small:.2f}",
    )


def inspect_row(home: Path, tell: Callable[[str, int, int], None]) -> tuple[str, ...]:
    """CPU seconds of ``leadlight inspect`` on a wide export; the floor is pandas reading the same file."""
    path = home / "wide_export.csv"
    if not path.exists():
        write_wide_export(path, INSPECTED)
    found, floor = (_child(tell, f"Inspecting: {what}", "inspecting", path, what) for what in ("inspect", "read"))
    return (
        f"(e) leadlight inspect, 31 columns x {INSPECTED:,} rows, CPU with its imports (target < 10 s)",
        f"{found['cpu']:.1f} CPU s",
        f"{floor['cpu']:.1f} CPU s",
        f"{found['cpu'] / floor['cpu']:.1f}",
    )


def score_rows(home: Path, leads: int, tell: Callable[[str, int, int], None]) -> list[tuple[str, ...]]:
    """Peak memory and CPU of ``leadlight score`` in a process of its own; the floor is one that scores the small
    practice.
    """
    found, floor = (
        _child(tell, f"Scoring {leads:,} leads", "scoring", home, str(leads)),
        _child(tell, "Scoring the small practice", "scoring", home, "practice"),
    )
    memory = (
        f"(d) leadlight score, {leads:,} leads: peak memory (target < 2,000 MB)",
        f"{found['mb']:,.0f} MB",
        f"{floor['mb']:,.0f} MB",
        f"{found['mb'] / floor['mb']:.2f}",
    )
    per = found["cpu"] / leads * 1e6
    return [memory, ("    CPU a lead, scores and reach", f"{per:,.0f} CPU us", "", "")]


@measure.command()
@click.argument("home", type=click.Path(path_type=Path))
@click.argument("leads", type=int)
@click.argument("part")
def offline(home: Path, leads: int, part: str) -> None:
    """Floor, reading and features of one size, in this process."""
    folder, bundle = home / f"{leads}", Bundle.load(home / "bundle")
    floor = _cpu(
        lambda: [
            parquet.ParquetFile(folder / f"{name}.parquet").read(use_threads=False) for name in ("leads", "events")
        ]
    )[0]
    read, tables = _cpu(lambda: read_tables(folder, bundle.mapping, bundle.practice, scoring=True))
    signals = bundle.signals if part == "all" else tuple(one for one in bundle.signals if _reads_no_message(one))

    def features() -> np.ndarray:
        moments = Moments.single(np.full(len(tables.leads), tables.as_of))
        return compute_matrix(
            Batch.from_tables(
                tables, moments.of_lead, moments.cutoff, add_practice_records(bundle.context, tables, bundle.label)
            ),
            signals,
        )

    click.echo(json.dumps({"floor": floor, "read": read, "features": _cpu(features)[0]}))


@measure.command()
@click.argument("home", type=click.Path(path_type=Path))
@click.argument("data")
def scoring(home: Path, data: str) -> None:
    """``leadlight score`` itself, in this process."""
    from serving.cli.score import score

    with tempfile.TemporaryDirectory(prefix="leadlight-bench-") as folder:
        score.main(
            ["--data", str(home / data), "--model", str(home / "bundle"), "--out", f"{folder}/scores.parquet"],
            standalone_mode=False,
        )
    used = resource.getrusage(resource.RUSAGE_SELF)
    click.echo(
        json.dumps(
            {
                "mb": used.ru_maxrss / (1024 if sys.platform == "linux" else 1024**2),
                "cpu": used.ru_utime + used.ru_stime,
            }
        )
    )


@measure.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.argument("what", type=click.Choice(["inspect", "read"]))
def inspecting(path: Path, what: str) -> None:
    """``leadlight inspect`` itself, or pandas reading the file, in a process of its own that imports no more."""
    code = (
        f"import pandas; pandas.read_csv({str(path)!r})"
        if what == "read"
        else "from serving.cli.main import main; main()"
    )
    arguments = [] if what == "read" else ["inspect", str(path), "--out", str(path.with_suffix(".toml"))]
    subprocess.run([sys.executable, "-c", code, *arguments], stdout=subprocess.DEVNULL, check=True)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    click.echo(json.dumps({"cpu": used.ru_utime + used.ru_stime}))


def _reads_no_message(one: Signal) -> bool:
    """Whether a signal needs neither a message nor what is read from it."""
    return not {"text", "geo"} & set(one.blocks) and "message" not in one.needs


def _child(tell: Callable[[str, int, int], None], what: str, command: str, *arguments: object) -> dict[str, float]:
    """What a process of its own measured."""
    tell(what, 0, 1)
    ran = subprocess.run(
        [sys.executable, "-m", "tests.bench.measure", command, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    tell(what, 1, 1)
    return json.loads(ran.stdout.strip().rpartition("\n")[2])


def _cpu(work: Callable[[], object]) -> tuple[float, object]:
    """(CPU seconds, result)."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def _median_us(calls: list[Callable[[], object]]) -> float:
    """Median CPU time of one call, in microseconds, after one call that warms up."""
    calls[0]()
    return statistics.median(_cpu(call)[0] for call in calls) * 1e6


if __name__ == "__main__":
    measure()
