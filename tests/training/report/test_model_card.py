"""Is the page whole, safe and the same each time, and does its first line say what to do?"""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from training.check_finding import Finding
from training.evaluation.lift import lift_by_capacity
from training.evaluation.metrics import METRICS, Bootstrap
from training.evaluation.provenance import data_sha256
from training.evaluation.readiness import assess_readiness
from training.evaluation.slice_metrics import measure_slices
from training.plots import draw_plots
from training.report.feature_importance import compute_contributions, summarize_signals
from training.report.model_card import ReportContent, describe_data, render_report, write_report

SIGNALS = [
    {
        "name": "asks for appointment",
        "family": "intent",
        "unit": "yes/no",
        "moves": 0.4,
        "way": "more raises",
        "policy": 1,
        "evidence": ["words:appointment"],
        "known": 1.0,
    },
    {
        "name": "Notes <b>bold</b>",
        "family": "custom",
        "unit": "number",
        "moves": 0.1,
        "way": "both ways",
        "policy": 0,
        "evidence": ["the column itself"],
        "known": 0.5,
    },
]
ABOUT = {
    "name": "leadlight",
    "created_at": "2026-11-01T08:00:00+00:00",
    "label": "booked",
    "horizon_days": 30,
    "dated": True,
    "practice": "Oak <script>alert(1)</script>",
    "timezone": "America/Chicago",
    "base_rate": 0.25,
    "sha256": "a" * 64,
    "fingerprint": "b" * 64,
    "grades": {"a": 0.6, "b": 0.4, "c": 0.2},
}
FINDINGS = [
    Finding("LC001", "holds", "No feature sees the future."),
    Finding("LC003", "fails", "One column left out.", {"status": "knows the outcome"}),
]


def figures(dated=True):
    """The figures of an invented run."""
    random = np.random.default_rng(3)
    z = random.normal(-1, 1.3, 1200)
    truth, arrived = (
        1 / (1 + np.exp(-z)),
        np.datetime64("2026-03-02T09:00", "us") + np.arange(1200) * np.timedelta64(60, "m"),
    )
    label = (random.random(1200) < truth).astype(float)
    scores = {
        "Leadlight": truth,
        "Rules score": np.round(z + random.normal(0, 3, 1200)),
        "Newest first": np.arange(1200.0),
        "Base rate": np.full(1200, 0.3),
    }
    value = (
        lift_by_capacity(
            arrived, label, {name: scores[name] for name in list(scores)[:3]}, np.full(1200, 250.0), Bootstrap(30)
        )
        if dated
        else None
    )
    channel = np.where(np.arange(1200) < 1190, "web <i>", "Jane Doe").astype(object)
    return {
        "verdict": assess_readiness(label, scores, value, dated, bootstrap=Bootstrap(30)),
        "value": value,
        "slices": measure_slices(label, truth, {"Channel": channel}, Bootstrap(20)),
        "rules": {
            "own": False,
            "used": [{"when": "distance > 40", "points": -2.0, "holds_for": 0.1}],
            "left_out": [{"when": "x", "points": 1.0, "why": "the data does not say x"}],
        },
        "reliability": {"all": [[0.1, 0.12, 600], [0.5, 0.48, 600]]},
        "provenance": {
            "data_sha256": {"leads": "c" * 64},
            "code_sha256": "d" * 64,
            "versions": {"python": "3.11"},
            "seed": 7,
        },
        "scorers": {
            "Leadlight": {metric: [0.7, 0.65, 0.75] for metric in METRICS},
            "Newest first": {"auc": [0.5, 0.4, 0.6]},
        },
        "held_out": "the latest fifth",
        "held_out_leads": 1200,
        "held_out_rate": 0.3,
        "band_held": 0.95 if dated else None,
        "linear_weight": 0.5,
        "trees": 100,
        "new_people": None,
        "leads": 6000,
        "moments": 20000,
        "period": ["2025-05-01", "2026-11-01"] if dated else None,
        "left_out": {"not ripe": 40},
        "contact": {"said": "Not applicable."},
        "unripe": {"moments": 10, "converted_so_far": 2, "used": "delay_model"},
    }


def page(**changed):
    """The page of the invented run."""
    content = {
        "figures": figures(),
        "about": ABOUT,
        "findings": FINDINGS,
        "signals": SIGNALS,
        "images": {"gains": b"png"},
        "data": ["leads: 6,000 rows read"],
    }
    content |= changed
    figures_and_about = content.pop("figures"), content.pop("about")
    return render_report(*figures_and_about, ReportContent(**content))


class Text(HTMLParser):
    """The words of a page in their order, without style; and every address that it would ask for."""

    def __init__(self, content):
        super().__init__()
        self.words, self.asks, self._in = [], [], ""
        self.feed(content)

    def handle_starttag(self, tag, attrs):
        """Note what is opened, and what it asks for."""
        self._in = tag
        self.asks += [
            value
            for name, value in attrs
            if name in ("src", "href", "srcset", "action", "data", "poster")
            and not value.startswith(("#", "data:image/png;base64,"))
        ]

    def handle_data(self, data):
        """Note words that are shown."""
        if data.strip() and self._in not in ("style", "title"):
            self.words.append(data.strip())


def test_the_first_line_is_the_verdict():
    lines = Text(page()).words

    assert lines[0] == "Ready" and lines[1].startswith("On later leads the model beats the rules")


def test_nothing_is_asked_of_any_machine():
    content = page()

    assert Text(content).asks == []
    assert "<script" not in content and "@import" not in content and not re.search(r"url\((?!#)", content)


def test_everything_is_escaped():
    content = page()

    assert "Oak &lt;script&gt;" in content and "web &lt;i&gt;" in content and "Notes &lt;b&gt;" in content


def test_a_part_of_few_leads_is_counted_and_never_named():
    content = page()

    assert "Jane Doe" not in content and "Not shown: 1 part with 10 leads." in content


def test_every_part_of_the_brief_has_its_place():
    content = " ".join(Text(page()).words)

    for phrase in (
        "Use and limits",
        "not triage",
        "Must not be used for",
        "Repeat it",
        "c" * 64,
        "2025-05-01",
        "association",
        "LC003 fails",
        "Lift in the top 10%",
        "more raises",
        "words:appointment",
    ):
        assert phrase in content
    assert re.search(
        r"The first \d+ calls of the day hold \d+% of the bookings; the rules \d+%, newest first \d+%\.", content
    )


def test_without_dates_the_page_says_what_cannot_be_promised():
    content = " ".join(Text(page(figures=figures(dated=False), about=ABOUT | {"dated": False})).words)

    assert (
        "without dates there are no days to plan" in content
        and "How the model does on later leads is unknown" in content
    )


def test_a_fast_training_says_what_it_left_out():
    said = " ".join(Text(page(figures=figures() | {"left_out_of_training": ["LC009 was not run"]})).words)

    assert "The training was fast: LC009 was not run." in said
    assert "The training was fast" not in " ".join(Text(page()).words)


def test_the_same_run_gives_the_same_bytes():
    assert page() == page()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_what_they_stand_on(scheme):
    style = re.search(r"<style>(.*?)</style>", page(), re.DOTALL)[1]
    block = style.split(":root {")[1 if scheme == "light" else 2]
    colour = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})", block.split("}")[0]))
    pairs = [
        ("ink", "paper"),
        ("soft", "paper"),
        ("soft", "card"),
        ("accent", "paper"),
        *((verdict, f"{verdict}-paper") for verdict in ("ready", "borderline", "rules")),
    ]

    assert [pair for pair in pairs if contrast(*(colour[name] for name in pair)) < 4.5] == []


def contrast(first, second):
    """The contrast of two colours (WCAG 2.2)."""
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour):
    """Relative luminance of a colour such as #fff or #12647f."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_a_trained_model_writes_its_page_twice_alike_without_a_personal_value(trained, demo_tables, tmp_path):
    bundle = trained.bundle
    written = []
    for name in ("one", "two"):
        parts, values = compute_contributions(bundle, trained.evaluation.matrix[:200])
        plots = draw_plots(bundle, trained.evaluation, parts, values, tmp_path / name)
        written.append(
            write_report(
                bundle,
                ReportContent(
                    trained.findings,
                    summarize_signals(bundle, parts, values),
                    {plot.stem: plot.read_bytes() for plot in plots},
                    describe_data(demo_tables),
                ),
                tmp_path / f"{name}.html",
            ).read_bytes()
        )

    assert written[0] == written[1] and written[0].count(b"data:image/png") == 4
    content = written[0].decode()
    for column in ("phone", "email", "message", "lead_id"):
        values = [value for value in demo_tables.leads[column] if value is not None and len(str(value)) > 6]
        assert not [value for value in values if value in content][:1], f"a value of {column} stands in the report"


def test_the_content_of_the_data_has_one_sum_and_a_changed_value_another(demo_tables):
    from dataclasses import replace

    again = replace(demo_tables, leads=demo_tables.leads.copy())
    again.leads.loc[3, "channel"] = "carrier pigeon"

    sums, changed = data_sha256(demo_tables), data_sha256(again)

    assert (
        sums == data_sha256(demo_tables) and sums["leads"] != changed["leads"] and sums["events"] == changed["events"]
    )


def test_a_data_scientist_finds_verdict_data_and_figures_in_mlflow(registered, trained):
    import mlflow
    from mlflow.utils.git_utils import get_git_commit

    client = mlflow.MlflowClient(
        tracking_uri=f"sqlite:///{registered / 'mlflow.db'}", registry_uri=f"sqlite:///{registered / 'mlflow.db'}"
    )
    experiment = client.get_experiment_by_name("leadlight")
    (run,) = client.search_runs([experiment.experiment_id])
    verdict, sums = trained.bundle.figures["verdict"], trained.bundle.figures["provenance"]["data_sha256"]

    assert run.data.tags["verdict"] == verdict["verdict"] and verdict["why"] in run.data.tags["mlflow.note.content"]
    assert (
        verdict["why"] in client.get_model_version("leadlight", "1").description
        and verdict["why"] in client.get_registered_model("leadlight").description
    )
    assert run.info.start_time == round(1000 * trained.started_at.timestamp()) < run.info.end_time
    assert experiment.tags["mlflow.experimentKind"] == "custom_model_development"
    assert run.data.tags.get("mlflow.source.git.commit") == get_git_commit(str(Path(__file__).parents[3] / "training"))
    curve = client.get_metric_history(run.info.run_id, "fold_auc")
    folds = trained.bundle.figures["folds"]
    assert [(point.step, point.value) for point in curve] == [(n, fold["auc"]) for n, fold in enumerate(folds, 1)]
    datasets = [entry.dataset for entry in run.inputs.dataset_inputs]
    assert {dataset.name: dataset.digest for dataset in datasets} == {
        name: sha256[:32] for name, sha256 in sums.items()
    }
    assert {dataset.source for dataset in datasets} == {'{"tags": {}}'}
    assert json.loads(next(entry.profile for entry in datasets if entry.name == "leads"))["num_rows"] == 1_500
