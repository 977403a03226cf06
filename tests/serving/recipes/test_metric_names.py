"""Does every alert and every panel ask for a metric, and for labels, that are really exposed?"""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.serving.recipes.recipe_commands import RECIPES

ROOT = Path(__file__).parents[3]
GIVEN = {"up": {"job", "instance"}}
"""What Prometheus itself adds."""
WORDS = set(
    "sum by max min topk rate increase histogram_quantile time on and or unless ignoring group_left le bool".split()
)

needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="promtool (of Prometheus) is not installed here, which runs the rules"
)


def read_exposition(text: str) -> dict[str, set[str]]:
    """Return name -> labels of every sample in Prometheus' text format; a name without a sample has no label yet."""
    names: dict[str, set[str]] = {}
    for line in text.splitlines():
        if header := re.match(r"# TYPE (\w+) (\w+)", line):
            suffixes = ("_bucket", "_sum", "_count") if header[2] == "histogram" else ("",)
            names |= {header[1] + suffix: set() for suffix in suffixes if header[1] + suffix not in names}
        elif sample := re.match(r"(\w+)(?:\{(.*)\})? ", line):
            names.setdefault(sample[1], set()).update(re.findall(r'(\w+)="', sample[2] or ""))
    return names


def read_expression(expression: str) -> tuple[set[str], set[str]]:
    """Return the metrics and the labels that an expression of Prometheus names.

    >>> [sorted(names) for names in read_expression('sum by (le) (rate(x_bucket{address=~"/v1.*"}[5m])) > 0.5')]
    [['x_bucket'], ['address', 'le']]
    """
    plain = re.sub(r"\[\w+\]", "", expression)
    labels = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"", plain))
    plain = re.sub(r"\{[^}]*\}", "", plain)
    for group in re.findall(r"\b(?:by|on)\s*\(([^)]*)\)", plain):
        labels |= set(re.findall(r"\w+", group))
    plain = re.sub(r"\b(?:by|on)\s*\([^)]*\)", "", plain)
    return set(re.findall(r"\b[a-z_]\w*\b", plain)) - WORDS, labels


def list_rules() -> list[dict]:
    """Return every alert."""
    groups = yaml.safe_load((RECIPES / "prometheus_alerts.yaml").read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def list_panels() -> list[dict]:
    """Return every panel of the dashboard."""
    return json.loads((RECIPES / "grafana_dashboard.json").read_text(encoding="utf-8"))["panels"]


@pytest.fixture(scope="module")
def exposed(client, tmp_path_factory) -> dict[str, set[str]]:
    """Every metric and its labels: of the service, of monitoring, of job.sh."""
    client.post("/v1/score", json={"channel": "web_form"})
    # A service that has a challenger, a fault or nothing to count yet names its figures all the same.
    service = client.get("/metrics")
    assert service.status_code == 200
    # Which gauges one run of monitoring has depends on the data; the module names all of them.
    source = (ROOT / "training/monitoring/prometheus.py").read_text(encoding="utf-8")
    monitor = dict.fromkeys(re.findall(r"_gauge\(\s*\"(\w+)\"", source))
    labels = {"model", *re.findall(r"_label_samples\(labels, \"(\w+)\"", source)}
    folder = tmp_path_factory.mktemp("job")
    subprocess.run(
        ["bash", str(RECIPES / "job.sh"), "audit", "true"],
        env={"PATH": "/usr/bin:/bin", "LEADLIGHT_METRICS": str(folder)},
        check=True,
        timeout=30,
    )
    job = (folder / "leadlight_job_audit.prom").read_text(encoding="utf-8")
    return (
        GIVEN
        | read_exposition(service.text + "\n" + job)
        | {f"leadlight_monitor_{name}": set(labels) for name in monitor}
    )


def find_unknown(expression: str, exposed: dict[str, set[str]]) -> set[str]:
    """Return the metrics that nothing exposes, and the labels that none of the expression's metrics has."""
    metrics, labels = read_expression(expression)
    known = set().union(*(exposed.get(name, set()) for name in metrics)) | {"le"}
    # A counter that nobody has moved has no sample, and so no label, yet.
    return (metrics - set(exposed)) | (labels - known)


def test_every_alert_asks_for_what_is_exposed_and_says_what_to_do(exposed):
    rules = list_rules()

    assert len(rules) >= 15 and len({rule["alert"] for rule in rules}) == len(rules)
    assert {
        rule["alert"]: find_unknown(rule["expr"], exposed) for rule in rules if find_unknown(rule["expr"], exposed)
    } == {}
    for rule in rules:
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert len(rule["annotations"]["summary"]) > 10 and rule["annotations"]["what_to_do"].endswith(".")


def test_every_panel_asks_for_what_is_exposed_and_lies_beside_the_others(exposed):
    panels, taken = list_panels(), set()

    assert len({panel["id"] for panel in panels}) == len(panels) >= 12
    for panel in panels:
        assert panel["title"] and panel["datasource"]["uid"] == "${datasource}"
        for target in panel["targets"]:
            assert find_unknown(target["expr"], exposed) == set(), panel["title"]
            assert set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) <= read_labels(target["expr"], exposed)
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken and max(x for x, _ in cells) < 24, panel["title"]
        taken |= cells


def read_labels(expression: str, exposed: dict[str, set[str]]) -> set[str]:
    """Return the labels that the result of an expression may have."""
    metrics, _ = read_expression(expression)
    return set().union(*(exposed[name] for name in metrics))


def test_a_name_that_is_not_exposed_is_found(exposed):
    assert find_unknown("rate(leadlight_request_total[5m])", exposed) == {"leadlight_request_total"}
    assert find_unknown('leadlight_requests_total{route="x"} > 0', exposed) == {"route"}


@needs_promtool
def test_prometheus_itself_takes_the_rules_and_its_own_settings(tmp_path):
    promtool = shutil.which("promtool")
    for words in (
        ["check", "rules", "prometheus_alerts.yaml"],
        ["check", "config", "--syntax-only", "prometheus.yaml"],
    ):
        ran = subprocess.run([promtool, *words], cwd=RECIPES, capture_output=True, text=True, timeout=60)
        assert ran.returncode == 0, ran.stdout + ran.stderr


@needs_promtool
def test_alerts_fire_when_they_should_and_are_quiet_when_they_should(tmp_path):
    cases = Path(__file__).with_name("alert_cases.yaml")
    (tmp_path / "cases.yaml").write_text(
        cases.read_text(encoding="utf-8").replace("RULES", str(RECIPES / "prometheus_alerts.yaml"))
    )

    ran = subprocess.run(
        [shutil.which("promtool"), "test", "rules", str(tmp_path / "cases.yaml")],
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_alerts_that_need_a_person_at_once_are_few():
    paging = {rule["alert"] for rule in list_rules() if rule["labels"]["severity"] == "page"}

    assert paging == {"LeadlightDown", "LeadlightHasNoModel", "LeadlightErrors"}
