"""Alerts and dashboard: every expression parses, every metric exists, every alert fires."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from serving.api.app import open_services
from serving.settings import Settings
from training.avm.manual_metrics import write_metrics

ROOT = Path(__file__).resolve().parent.parent
RULES = ROOT / "deploy" / "alerts" / "homelens.yaml"
DASHBOARD = ROOT / "deploy" / "grafana" / "homelens.json"
PROMTOOL = shutil.which("promtool")

promql_parser = pytest.importorskip("promql_parser")


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    found = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    return [panel for panel in found if panel["type"] != "row"]


def expressions() -> list[str]:
    shown = [target["expr"] for panel in panels() for target in panel["targets"]]
    return [rule["expr"] for rule in rules()] + [
        one.replace("$__rate_interval", "5m") for one in shown
    ]


ALERTS = [rule["alert"] for rule in rules() if "alert" in rule]


def selectors(node: Any) -> Iterator[Any]:
    """The vector selectors of an expression."""
    if isinstance(node, promql_parser.VectorSelector):
        yield node
        return
    for name in ("lhs", "rhs", "expr", "vector_selector", "param"):
        inner = getattr(node, name, None)
        if inner is not None:
            yield from selectors(inner)
    for inner in getattr(node, "args", None) or ():
        yield from selectors(inner)


@pytest.fixture(scope="module")
def exposed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """Names of samples to their labels, as a service and `homelens avm manual` give them."""
    folder = tmp_path_factory.mktemp("exposed")
    services = open_services(Settings(state=folder))
    metrics = services.metrics
    families = list(metrics.registry.collect())
    found = {
        name: set(labels)
        for collector, names in metrics.registry._collector_to_names.items()
        for name in names
        for labels in [getattr(collector, "_labelnames", ())]
    }
    assert families
    for name in list(found):
        if name.endswith("_bucket"):
            found[name] |= {"le"}
    services.database.close()
    row = {"month": "all", "n": 30, "manual_mdape": 0.1, "model_mdape": 0.12, "low": 0.01}
    write_metrics(folder / "m.prom", {"krakow": [row]})
    for line in (folder / "m.prom").read_text().splitlines():
        if sample := re.match(r"(\w+)\{market=", line):
            found[sample[1]] = {"market"}
    for rule in rules():
        if "record" in rule:
            found[rule["record"]] = set()
    return found


@pytest.mark.parametrize("expression", expressions())
def test_expression_parses_and_its_metrics_exist(
    expression: str, exposed: dict[str, set[str]]
) -> None:
    found = list(selectors(promql_parser.parse(expression)))
    assert found
    for selector in found:
        assert selector.name in exposed, selector.name
        for matcher in selector.matchers.matchers:
            if matcher.name != "__name__":
                assert matcher.name in exposed[selector.name], (selector.name, matcher.name)
    named = set(re.findall(r"by \(([^)]*)\)", expression))
    labels = {label.strip() for part in named for label in part.split(",")}
    assert labels <= set().union(*(exposed[selector.name] for selector in found))


def test_a_metric_that_is_none_would_be_found(exposed: dict[str, set[str]]) -> None:
    (selector,) = selectors(promql_parser.parse("sum(rate(homelens_nothing_total[5m])) > 1"))
    assert selector.name == "homelens_nothing_total"
    assert selector.name not in exposed


@pytest.mark.parametrize("alert", ALERTS)
def test_alert_says_what_to_do(alert: str) -> None:
    (rule,) = (rule for rule in rules() if rule.get("alert") == alert)
    assert rule["labels"]["severity"] in ("page", "ticket")
    assert rule["annotations"]["runbook"] == f"docs/operations.md#{alert.lower()}"
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert f"\n### {alert}\n" in text


def test_documentation_names_the_metrics_that_there_are(exposed: dict[str, set[str]]) -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(homelens_\w+)`", text)) - {"homelens_shed_requests_per_second"}
    assert {name for name in named if name not in exposed} == set()
    series = {re.sub("_(bucket|count|sum|created)$", "", n) for n in exposed if ":" not in n}
    assert {name for name in series if name not in named and f"{name}_total" not in named} == set()


def test_dashboard_is_whole() -> None:
    found = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    ids = [panel["id"] for panel in found["panels"]]
    assert len(ids) == len(set(ids))
    places = [panel["gridPos"] for panel in found["panels"]]
    for number, one in enumerate(places):
        assert one["x"] + one["w"] <= 24
        for other in places[number + 1 :]:
            beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
            below = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
            assert beside or below, (one, other)
    for panel in panels():
        assert panel["datasource"]["uid"] == "${datasource}"
        assert panel["description"]
    assert found["templating"]["list"][0]["name"] == "datasource"


BUCKETS = ("0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.85", "0.9", "0.95", "0.98", "1.0", "+Inf")


def steady(name: str, labels: str, a_minute: float, minutes: int) -> dict[str, str]:
    """A counter that grows evenly."""
    return {"series": f"{name}{{{labels}}}", "values": f"0+{a_minute:g}x{minutes}"}


def histogram(name: str, labels: str, shares: dict[str, float], minutes: int) -> list[Any]:
    """Ten observations a minute, cumulative by edge."""
    rows = [
        steady(f"{name}_bucket", f'{labels}le="{edge}"', 10 * share, minutes)
        for edge, share in shares.items()
    ]
    return [*rows, steady(f"{name}_count", labels.rstrip(","), 10, minutes)]


def drifting(moved: bool) -> list[Any]:
    """Eight days in steps of ten minutes; on the last sure photos become unsure, or not."""
    before, day = 7 * 144, 144
    rows = []
    for edge in BUCKETS:
        sure = float(edge) >= 0.95 if edge != "+Inf" else True
        slow = 10 if sure else 1
        fast = 10 if sure or moved else 1
        series = f'homelens_room_confidence_bucket{{pod="a",le="{edge}"}}'
        rows.append({"series": series, "values": f"0+{slow}x{before} {before * slow}+{fast}x{day}"})
    return [*rows, steady("homelens_room_confidence_count", 'pod="a"', 10, before + day)]


UPLOADS = 'method="POST",route="/v1/listings/{listing}/photos"'
DAY = 1500
ALL = {"+Inf": 1.0}
FIRING: dict[str, tuple[list[Any], list[Any], str]] = {
    "HomelensDown": (
        [{"series": "up", "values": "1x100"}],
        [{"series": 'homelens_model_info{bundle="rooms"}', "values": "1x100"}],
        "10m",
    ),
    "HomelensErrors": (
        [
            steady("homelens_requests_total", 'status="500"', 1, 60),
            steady("homelens_requests_total", 'status="200"', 10, 60),
        ],
        [steady("homelens_requests_total", 'status="200"', 10, 60)],
        "30m",
    ),
    "HomelensShedding": (
        [
            steady("homelens_shed_requests_total", "", 10, 60),
            steady("homelens_requests_total", 'method="POST"', 60, 60),
        ],
        [
            steady("homelens_shed_requests_total", "", 1, 60),
            steady("homelens_requests_total", 'method="POST"', 60, 60),
        ],
        "30m",
    ),
    "HomelensSlow": (
        histogram("homelens_request_seconds", f"{UPLOADS},", {"2.0": 0.5, "3.0": 1, **ALL}, 60),
        histogram("homelens_request_seconds", f"{UPLOADS},", {"1.0": 0.99, "3.0": 1, **ALL}, 60),
        "40m",
    ),
    "HomelensSlowPhotos": (
        histogram("homelens_stage_seconds", 'stage="look",', {"1.0": 0.5, "3.0": 1, **ALL}, 60),
        histogram("homelens_stage_seconds", 'stage="look",', {"0.5": 0.99, "3.0": 1, **ALL}, 60),
        "40m",
    ),
    "HomelensModelsDiffer": (
        [
            {"series": f'homelens_model_info{{bundle="rooms",sha256="{s}"}}', "values": "1x100"}
            for s in "ab"
        ],
        [
            {"series": f'homelens_model_info{{bundle="rooms",pod="{pod}"}}', "values": "1x99"}
            for pod in "ab"
        ],
        "60m",
    ),
    "HomelensConfidenceDrift": (drifting(True), drifting(False), "8d"),
    "HomelensUnsure": (
        [
            steady("homelens_photos_total", 'sure="no"', 4, DAY),
            steady("homelens_photos_total", 'sure="yes"', 6, DAY),
        ],
        [
            steady("homelens_photos_total", 'sure="no"', 1, DAY),
            steady("homelens_photos_total", 'sure="yes"', 9, DAY),
        ],
        "1d",
    ),
    "HomelensCopiesFail": (
        [
            steady("homelens_findings_total", 'code="privacy.still_visible"', 1, DAY),
            steady("homelens_findings_total", 'code="privacy.nobody"', 9, DAY),
        ],
        [
            steady("homelens_findings_total", 'code="privacy.hidden"', 1, DAY),
            steady("homelens_findings_total", 'code="privacy.nobody"', 9, DAY),
        ],
        "1d",
    ),
    "HomelensValuationsRefused": (
        [
            steady("homelens_valuations_total", 'market="krakow",outcome="valuation.thin"', 4, DAY),
            steady("homelens_valuations_total", 'market="krakow",outcome="valued"', 6, DAY),
        ],
        [
            steady("homelens_valuations_total", 'market="krakow",outcome="valuation.thin"', 1, DAY),
            steady("homelens_valuations_total", 'market="krakow",outcome="valued"', 9, DAY),
        ],
        "1d",
    ),
    "HomelensValuationError": (
        [
            {"series": 'homelens_valuation_difference_low{market="a"}', "values": "0.01x100"},
            {"series": 'homelens_valuation_compared{market="a"}', "values": "30x100"},
        ],
        [
            {"series": 'homelens_valuation_difference_low{market="a"}', "values": "-0.01x100"},
            {"series": 'homelens_valuation_compared{market="a"}', "values": "30x100"},
        ],
        "90m",
    ),
}
"""Alert to series on which it fires, series on which it does not, and when."""


def test_every_alert_is_tried() -> None:
    assert sorted(FIRING) == sorted(ALERTS)


def firing(alert: str, series: list[Any], when: str, folder: Path) -> set[str]:
    """The alerts that Prometheus' own engine lets fire: those whose absence it denies."""
    assert PROMTOOL is not None
    test = {
        "rule_files": [str(RULES)],
        "evaluation_interval": "5m",
        "tests": [
            {
                "interval": "10m" if when == "8d" else "1m",
                "input_series": series,
                "alert_rule_test": [{"eval_time": when, "alertname": alert, "exp_alerts": []}],
            }
        ],
    }
    path = folder / "test.yaml"
    path.write_text(yaml.safe_dump(test))
    done = subprocess.run(
        [PROMTOOL, "test", "rules", str(path)], capture_output=True, text=True, check=False
    )
    said = done.stdout + done.stderr
    if done.returncode == 0:
        return set()
    found = re.findall(r'alertname="(\w+)"', said)
    assert found, said
    return set(found)


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed: tests/prometheus.sh")
@pytest.mark.parametrize("alert", ALERTS)
def test_alert_fires_and_is_silent(alert: str, tmp_path: Path) -> None:
    bad, good, when = FIRING[alert]
    assert firing(alert, bad, when, tmp_path) == {alert}
    assert firing(alert, good, when, tmp_path) == set()


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed: tests/prometheus.sh")
def test_promtool_takes_the_rules() -> None:
    done = subprocess.run(
        [PROMTOOL, "check", "rules", str(RULES)],  # type: ignore[list-item]
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert f"{len(rules())} rules found" in done.stdout + done.stderr


def test_manual_metrics_are_of_all_months(tmp_path: Path) -> None:
    months = [
        {"month": "2024-01", "n": 3, "manual_mdape": 0.5, "model_mdape": 0.5, "low": 0.5},
        {"month": "all", "n": 30, "manual_mdape": 0.08, "model_mdape": 0.12, "low": 0.01},
    ]
    write_metrics(tmp_path / "m.prom", {"krakow": months})
    text = (tmp_path / "m.prom").read_text()
    assert 'homelens_valuation_compared{market="krakow"} 30.0' in text
    assert 'homelens_valuation_model_mdape{market="krakow"} 0.12' in text
