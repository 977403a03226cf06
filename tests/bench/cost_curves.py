"""How does the cost of each step grow with the number of leads? CPU and memory of a process of its own, drawn.

    python -m tests.bench.cost_curves                      10,000 and 100,000 leads
    python -m tests.bench.cost_curves --full               and up to ten million where a step takes so many
    python -m tests.bench.cost_curves --step features --step scores --leads 1000000

Features, scores and reasons are computed from the practice tiled (eight events a lead), training and insights from
invented practices with outcomes and spending. The figures are added to ``costs.jsonl`` in ``--out``, one line each
with its day, and all that stand there are drawn as ``costs.svg``: a slope of 1 is linear, and a line that bends up is
not."""

import json
import os
import platform
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

import click
import matplotlib
import numpy as np

from features.progress_bar import progress_bar
from features.synthetic.generator import invent
from tests.bench.measure import prepare

SIZES = {
    "features": (10_000, 100_000, 1_000_000, 10_000_000),
    "scores": (10_000, 100_000, 1_000_000, 10_000_000),
    "reasons": (10_000, 100_000, 1_000_000, 10_000_000),
    "insights": (10_000, 100_000, 1_000_000),
    "training": (3_000, 10_000, 30_000, 100_000),
}
"""Step -> the numbers of leads that it is measured with."""
USUAL_LEADS = 100_000
_TILED = ("features", "scores", "reasons")


@click.command()
@click.option("--full", is_flag=True, help="All sizes.")
@click.option("--step", "steps", multiple=True, type=click.Choice(list(SIZES)), help="Only this step; repeat for more.")
@click.option("--leads", multiple=True, type=int, help="Only this number of leads; repeat for more.")
@click.option("--folder", type=click.Path(path_type=Path), help="Keep the invented data here and use what is there.")
@click.option("--out", type=click.Path(path_type=Path), default="build/bench", show_default=True)
def main(full: bool, steps: tuple[str, ...], leads: tuple[int, ...], folder: Path | None, out: Path) -> None:
    """Measure, append, draw, print."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="leadlight-bench-") as temporary, progress_bar() as tell:
        home = folder or Path(temporary)
        wanted = {
            step: leads or tuple(size for size in SIZES[step] if full or size <= USUAL_LEADS) for step in steps or SIZES
        }
        prepare(home, {size for step in _TILED for size in wanted.get(step, ())}, tell)
        for step, sizes in wanted.items():
            for done, size in enumerate(sizes):
                tell(f"Measuring {step}", done, len(sizes))
                with (out / "costs.jsonl").open("a", encoding="utf-8") as file:
                    file.write(json.dumps(measure_step(home, step, size)) + "\n")
    costs = [json.loads(line) for line in (out / "costs.jsonl").read_text(encoding="utf-8").splitlines()]
    draw_costs(costs, out / "costs.svg")
    for line in describe_costs(costs):
        click.echo(line)


def measure_step(home: Path, step: str, leads: int) -> dict:
    """Measure one command in a process of its own, and in the processes that it starts."""
    data = home / (f"{leads}" if step in _TILED else f"invented-{leads}")
    if not (data / "practice.toml").exists():
        invent(leads, seed=7).write(data)
    with tempfile.TemporaryDirectory(prefix="leadlight-bench-") as scratch:
        command = _list_arguments(step, home, data, Path(scratch))
        code = (
            # Insights end with a code of their own where a source went silent.
            "import contextlib, sys, resource, json\nfrom serving.cli.main import leadlight\n"
            "with contextlib.suppress(SystemExit):\n    leadlight(sys.argv[1:], standalone_mode=False)\n"
            "used = resource.getrusage(resource.RUSAGE_SELF)\n"
            "print(json.dumps([used.ru_utime, used.ru_stime, used.ru_maxrss]))"
        )
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "LEADLIGHT_HOME": scratch}
        ran = subprocess.run(
            [sys.executable, "-c", code, *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            check=True,
            env=environment,
        )
    user, system, peak = json.loads(ran.stdout.strip().rpartition("\n")[2])
    return {
        "step": step,
        "leads": leads,
        "user_s": round(user, 1),
        "system_s": round(system, 1),
        "peak_mb": round(peak / (1024 if sys.platform == "linux" else 1024**2)),
        "day": date.today().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
    }


def _list_arguments(step: str, home: Path, data: Path, scratch: Path) -> list[str]:
    """List the arguments of the command of a step."""
    if step == "training":
        practice = str(data / "practice.toml")
        return ["train", "--data", str(data), "--practice", practice, "--out", str(scratch / "report")]
    if step == "insights":
        return ["insights", "--data", str(data), "--out", str(scratch / "insights")]
    verb = "features" if step == "features" else "score"
    options = ["--data", str(data), "--model", str(home / "bundle"), "--out", str(scratch / "rows.parquet")]
    return [verb, *options, *(["--reasons"] if step == "reasons" else [])]


def list_latest(costs: list[dict], step: str) -> list[dict]:
    """List the latest figures of a step, one for each number of leads.

    >>> list_latest([{"step": "a", "leads": 5, "user_s": 1}, {"step": "a", "leads": 5, "user_s": 2}], "a")
    [{'step': 'a', 'leads': 5, 'user_s': 2}]
    """
    latest = {cost["leads"]: cost for cost in costs if cost["step"] == step}
    return [latest[leads] for leads in sorted(latest)]


def compute_slope(small: dict, large: dict) -> float:
    """Compute the power of the number of leads that the CPU grows with: 1.0 is linear.

    >>> round(
    ...     compute_slope({"leads": 10, "user_s": 1, "system_s": 0}, {"leads": 1000, "user_s": 90, "system_s": 10}), 2
    ... )
    1.0
    """
    cpu = [cost["user_s"] + cost["system_s"] for cost in (small, large)]
    return float(np.log(cpu[1] / cpu[0]) / np.log(large["leads"] / small["leads"]))


def describe_costs(costs: list[dict]) -> list[str]:
    """Describe the latest figures as a table."""
    lines = [f"{'Step':<10}{'Leads':>12}{'CPU s':>10}{'CPU us a lead':>15}{'Slope':>7}{'Peak MB':>9}  Day"]
    for step in SIZES:
        latest = list_latest(costs, step)
        for before, cost in zip([None, *latest], latest, strict=False):
            cpu = cost["user_s"] + cost["system_s"]
            slope = "" if before is None else f"{compute_slope(before, cost):.2f}"
            lines.append(
                f"{step:<10}{cost['leads']:>12,}{cpu:>10,.1f}{cpu / cost['leads'] * 1e6:>15,.0f}{slope:>7}"
                f"{cost['peak_mb']:>9,}  {cost['day']}"
            )
    return lines


def draw_costs(costs: list[dict], path: Path) -> None:
    """Draw CPU and memory over the number of leads, both axes logarithmic."""
    matplotlib.use("svg")
    from matplotlib import pyplot

    figure, (cpu, memory) = pyplot.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for step in SIZES:
        latest = list_latest(costs, step)
        leads = [cost["leads"] for cost in latest]
        cpu.plot(leads, [cost["user_s"] + cost["system_s"] for cost in latest], marker="o", label=step)
        memory.plot(leads, [cost["peak_mb"] for cost in latest], marker="o", label=step)
    for axes, title in ((cpu, "CPU seconds"), (memory, "Peak memory, MB")):
        axes.set(xscale="log", yscale="log", xlabel="Leads", title=title)
        axes.grid(alpha=0.3)
    cpu.legend(frameon=False)
    figure.savefig(path)
    pyplot.close(figure)


if __name__ == "__main__":
    main()
