"""The Helm chart: valid for Kubernetes, refuses nonsense, agrees with the service that it runs."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from serving.api import pages
from serving.api.app import create_app, open_services
from serving.doctor.machine import COPYING_BYTES, VALUATION_SHARE
from serving.settings import PREFIX, Settings, load_settings
from tests import helm_chart
from tests.helm_chart import CHART, EVERYTHING, OWN, SHARED, containers, pods, rendered, values
from tests.homelens_command import homelens
from vision.session import parse_cpu_max

helm = pytest.importorskip("helm_python")
kubernetes_validate = pytest.importorskip("kubernetes_validate")

ROOT = CHART.parent.parent.parent
GIVEN: dict[str, dict[str, Any]] = {
    "shared": SHARED,
    "everything": EVERYTHING,
    "laptop": values("laptop") | {"auth": {"existingSecret": "homelens-key"}},
    "eks": values("eks"),
}
OPERATORS = {"ServiceMonitor", "PrometheusRule"}
"""Kinds that the Prometheus operator brings."""

OLDEST, NEWEST = "1.30", kubernetes_validate.latest_version()

every = pytest.mark.parametrize("name", GIVEN)


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
@every
def test_documents_are_valid(name: str, version: str) -> None:
    documents = rendered(GIVEN[name])
    kinds = {kind for kind, _ in documents}
    assert {"Deployment", "Service", "ConfigMap", "ServiceAccount"} <= kinds
    for (kind, _), document in documents.items():
        if kind not in OPERATORS:
            kubernetes_validate.validate(document, version, strict=True)


def test_a_wrong_document_would_be_found() -> None:
    """The validation does look: a slip in a field's name is refused."""
    (deployment,) = (d for (kind, _), d in rendered(SHARED).items() if kind == "Deployment")
    deployment["spec"]["template"]["spec"]["containers"][0]["readynessProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(deployment, NEWEST, strict=True)


def test_oldest_version_is_the_one_that_the_chart_asks_for() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert chart["kubeVersion"] == f">={OLDEST}.0-0"
    assert f'version = "{chart["appVersion"]}"' in (ROOT / "pyproject.toml").read_text()


def test_everything_has_everything() -> None:
    kinds = {kind for kind, _ in rendered(EVERYTHING)}
    assert kinds >= {
        *("HorizontalPodAutoscaler", "PodDisruptionBudget", "NetworkPolicy", "Ingress"),
        *("Job", "CronJob", "Pod", *OPERATORS),
    }


@every
def test_lint_finds_nothing(name: str) -> None:
    report = helm.lint(CHART, GIVEN[name], strict=True)
    assert [m for m in report["messages"] if m["severity"] > 1] == []
    assert report["errors"] == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"replica": 3}, "additional properties 'replica'"),
        ({"replicas": 0}, "/replicas"),
        ({"replicas": "two"}, "/replicas"),
        ({"settings": {"HOMELENS_POLICIES": "blur"}}, "HOMELENS_POLICIES"),
        ({"settings": {"HOMELENS_POLICY": "smudge"}}, "/settings/HOMELENS_POLICY"),
        ({"settings": {"HOMELENS_QUEUE_SECONDS": 0}}, "/settings/HOMELENS_QUEUE_SECONDS"),
        ({"settings": {"HOMELENS_PORT": 80}}, "HOMELENS_PORT"),
        ({"settings": {"PATH": "/"}}, "PATH"),
        ({"store": {"url": "https://bucket"}}, "/store/url"),
        ({"database": {"url": "postgresql://user:password@host/db"}}, "url"),
        ({"image": {"digest": "sha256:short"}}, "/image/digest"),
        ({"resources": {"limits": {"cpu": None}}}, "cpu"),
        ({"resources": {"limits": {"memory": "2 GB"}}}, "/resources/limits/memory"),
        ({"autoscaling": {"cpuPercent": 0}}, "/autoscaling/cpuPercent"),
        ({"autoscaling": {"minReplicas": 9, "maxReplicas": 3}}, "minReplicas is more"),
        ({"ingress": {"enabled": True}}, "/ingress/host"),
        ({"sweep": {"schedule": "hourly"}}, "/sweep/schedule"),
        ({"state": {"type": "hostPath"}}, "/state/type"),
        ({"database": {"existingSecret": ""}}, "/database/existingSecret"),
        ({"store": {"url": ""}}, "/store/url"),
        ({"state": {"type": "persistent"}}, "/autoscaling/enabled"),
        ({"probes": {"liveness": {"periodSeconds": 0}}}, "/probes/liveness/periodSeconds"),
        ({"networkPolicy": {"ingressFrom": []}}, "/networkPolicy/ingressFrom"),
    ],
)
def test_nonsense_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(helm.HelmError, match=re.escape(said)):
        rendered(SHARED | wrong)


def test_schema_has_the_settings_of_the_service() -> None:
    schema = json.loads(helm_chart.SCHEMA.read_text(encoding="utf-8"))
    told = "run `python -m tests.helm_chart`: settings.py has changed"
    assert schema["properties"]["settings"] == helm_chart.settings_schema(), told


@every
def test_service_takes_the_settings(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """All variables of the prefix are known, and their values valid."""
    for field in Settings.model_fields:
        monkeypatch.delenv(f"{PREFIX}{field.upper()}", raising=False)
    documents = rendered(GIVEN[name])
    config = documents["ConfigMap", "demo-homelens"]["data"]
    for variable, value in config.items():
        monkeypatch.setenv(variable, value)
    settings = load_settings()
    assert settings.state == Path("/state")
    for variable, value in GIVEN[name].get("settings", {}).items():
        assert getattr(settings, variable.removeprefix(PREFIX).lower()) == value
    named = {
        one["name"]
        for pod in pods(documents).values()
        for container in containers(pod)
        for one in container.get("env", ())
    }
    known = {f"{PREFIX}{field.upper()}" for field in Settings.model_fields}
    assert {v for v in named | set(config) if v.startswith(PREFIX)} <= known
    assert named.isdisjoint(config)
    assert {variable for variable in config if variable in OWN} >= OWN - {
        *(f"{PREFIX}{name}" for name in ("DATABASE_URL", "STORE_URL"))
    }


@every
def test_no_secret_is_written_down(name: str) -> None:
    documents = rendered(GIVEN[name])
    assert "Secret" not in {kind for kind, _ in documents}
    for pod in pods(documents).values():
        for container in containers(pod):
            assert all("secretKeyRef" in one["valueFrom"] for one in container.get("env", ()))


@every
def test_pods_are_confined(name: str) -> None:
    for pod in pods(rendered(GIVEN[name])).values():
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] > 0
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        for container in containers(pod):
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert container["resources"]["limits"]["memory"]
            writable = {m["mountPath"] for m in container["volumeMounts"] if not m.get("readOnly")}
            assert writable == {"/state", "/tmp"}


@every
def test_references_lead_somewhere(name: str) -> None:
    documents = rendered(GIVEN[name])
    for (_, owner), pod in pods(documents).items():
        volumes = {volume["name"]: volume for volume in pod["volumes"]}
        assert len(volumes) == len(pod["volumes"])
        account = pod.get("serviceAccountName")
        assert account is None or ("ServiceAccount", account) in documents
        for container in containers(pod):
            assert {mount["name"] for mount in container["volumeMounts"]} <= set(volumes)
            for source in container["envFrom"]:
                assert ("ConfigMap", source["configMapRef"]["name"]) in documents, owner
        for volume in volumes.values():
            claim = volume.get("persistentVolumeClaim", {}).get("claimName")
            assert claim is None or ("PersistentVolumeClaim", claim) in documents
    labels = {key: pod["labels"] for key, pod in pods(documents).items()}
    for (kind, owner), document in documents.items():
        if kind in ("Service", "PodDisruptionBudget", "NetworkPolicy", "Deployment"):
            spec = document["spec"]
            chosen = spec.get("podSelector", spec.get("selector", {}))
            chosen = chosen.get("matchLabels", chosen)
            selected = {key for key, has in labels.items() if chosen.items() <= has.items()}
            service = {("Deployment", "demo-homelens")}
            assert selected == set(labels) - service if "job" in owner else service
        if kind == "HorizontalPodAutoscaler":
            assert ("Deployment", document["spec"]["scaleTargetRef"]["name"]) in documents


@every
def test_hooks_need_nothing_of_the_release(name: str) -> None:
    """What runs before an install cannot refer to what is only made by it."""
    documents = rendered(GIVEN[name])
    for (kind, owner), document in documents.items():
        if kind == "Job":
            (pod,) = (pod for key, pod in pods(documents).items() if key == (kind, owner))
            assert "serviceAccountName" not in pod
            for container in containers(pod):
                (source,) = container["envFrom"]
                config = documents["ConfigMap", source["configMapRef"]["name"]]
                hooks = config["metadata"]["annotations"]
                assert hooks["helm.sh/hook"] == "pre-install,pre-upgrade"
                own = document["metadata"]["annotations"]["helm.sh/hook-weight"]
                assert int(hooks["helm.sh/hook-weight"]) < int(own)


@every
def test_commands_exist(name: str) -> None:
    for pod in pods(rendered(GIVEN[name])).values():
        for container in containers(pod):
            words = [word for word in container["args"] if not word.startswith(("-", "/"))]
            command = words[: 2 if words[0] in ("keys", "database") else 1]
            done = homelens(*command, "--help")
            assert done.returncode == 0, done.stderr
            options = [word for word in container["args"] if word.startswith("--")]
            assert all(option in done.stdout for option in options), done.stdout


def readme_figure(row: str) -> float:
    """A measured value of the README's table."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(rf"^\|[^|]*{re.escape(row)}[^|]*\| \**([\d.]+)", text, re.MULTILINE)
    assert found, row
    return float(found[1])


def quantity(text: str) -> float:
    """Bytes or CPUs."""
    units = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "m": 1e-3, "": 1}
    found = re.fullmatch(r"([\d.]+)(Ki|Mi|Gi|m|)", str(text))
    assert found, text
    return float(found[1]) * units[found[2]]


def service_bytes() -> tuple[float, float]:
    """Measured memory of the service when it is ready, and after 5,000 photos."""
    found = re.search(r"after 5,000 photos \((\d+) MB\)", (ROOT / "README.md").read_text())
    assert found
    return readme_figure("memory when ready") * 1e6, float(found[1]) * 1e6


def check_memory(documents: dict[tuple[str, str], Any], few_photos: bool) -> None:
    """Fails where the service could need more than it is given."""
    (container,) = pods(documents)["Deployment", "demo-homelens"]["containers"]
    resources = container["resources"]
    request, limit = (quantity(resources[kind]["memory"]) for kind in ("requests", "limits"))
    config = documents["ConfigMap", "demo-homelens"]["data"]

    def setting(name: str) -> float:
        default = Settings.model_fields[name].default
        return float(config.get(f"{PREFIX}{name.upper()}", default))

    ready, worn = service_bytes()
    models = VALUATION_SHARE * setting("valuation_memory_mb") * 1e6
    assert request > 1.3 * (ready if few_photos else worn) + models
    workers = -(-quantity(resources["limits"]["cpu"]) // 1)
    assert limit > worn + models + workers * setting("max_pixels") * COPYING_BYTES
    assert limit >= request


@every
def test_memory_agrees_with_what_was_measured(name: str) -> None:
    check_memory(rendered(GIVEN[name]), few_photos=name == "laptop")


@pytest.mark.parametrize(
    "changed",
    [
        {"settings": {"HOMELENS_VALUATION_MEMORY_MB": 400}},
        {"settings": {"HOMELENS_MAX_PIXELS": 120_000_000}},
        {"resources": {"limits": {"cpu": "3"}}},
        {"resources": {"requests": {"memory": "1024Mi"}}},
        {"resources": {"limits": {"memory": "2Gi"}}},
    ],
)
def test_a_setting_that_needs_more_memory_would_be_noticed(changed: dict[str, Any]) -> None:
    with pytest.raises(AssertionError):
        check_memory(rendered(SHARED | changed), few_photos=False)


def test_the_guide_says_how_much_memory() -> None:
    text = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    for name in ("shared", "laptop"):
        (container,) = pods(rendered(GIVEN[name]))["Deployment", "demo-homelens"]["containers"]
        for kind in ("requests", "limits"):
            given = container["resources"][kind]["memory"]
            assert f"| {given} = {quantity(given) / 1e6:,.0f} |" in text
    for base in service_bytes():
        assert f"{base / 1e6:.0f} MB" in text


def test_threads_come_from_the_limit() -> None:
    """The service reads the quota that the limit becomes; the chart sets no number of its own."""
    for given in GIVEN.values():
        config = rendered(given)["ConfigMap", "demo-homelens"]["data"]
        assert not {"HOMELENS_WORKERS", "HOMELENS_THREADS"} & set(config)
    assert parse_cpu_max("200000 100000") == 2


@every
def test_probes_agree_with_the_measured_start(name: str) -> None:
    documents = rendered(GIVEN[name])
    (container,) = pods(documents)["Deployment", "demo-homelens"]["containers"]
    startup, ready = container["startupProbe"], container["readinessProbe"]
    live = container["livenessProbe"]
    measured = readme_figure("process start to `/readyz` 200")
    assert startup["periodSeconds"] <= max(1, measured)
    assert startup["periodSeconds"] * startup["failureThreshold"] > 20 * measured
    lost = ready["periodSeconds"] * ready["failureThreshold"] + ready["timeoutSeconds"]
    assert lost <= 5, "readiness tells the truth within 5 seconds"
    assert ready["httpGet"]["path"] == "/readyz"
    assert startup["httpGet"]["path"] == live["httpGet"]["path"] == "/healthz"


@pytest.mark.parametrize("drain", [5, 25, 90])
def test_grace_outlasts_the_drain(drain: int) -> None:
    given = SHARED | {"settings": {"HOMELENS_DRAIN_SECONDS": drain}}
    pod = pods(rendered(given))["Deployment", "demo-homelens"]
    (container,) = pod["containers"]
    pause = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert pod["terminationGracePeriodSeconds"] > pause + drain


def test_ingress_shows_the_api_and_not_the_operation(tmp_path: Path) -> None:
    services = open_services(Settings(state=tmp_path))
    app = create_app(services)
    (ingress,) = (d for (kind, _), d in rendered(EVERYTHING).items() if kind == "Ingress")
    (rule,) = ingress["spec"]["rules"]
    paths = rule["http"]["paths"]

    def shown(path: str) -> bool:
        return any(
            path == one["path"]
            or (one["pathType"] == "Prefix" and path.startswith(f"{one['path']}/"))
            for one in paths
        )

    inside = {"/healthz", "/readyz", "/metrics"}
    routes = {*app.openapi()["paths"], app.openapi_url, "/assets/page.js"}
    routes |= {getattr(route, "path", "") for route in pages.router.routes}
    services.database.close()
    assert inside <= routes
    assert {path for path in routes if not shown(path)} == inside


def test_autoscaler_reads_what_the_adapter_makes(tmp_path: Path) -> None:
    adapter = yaml.safe_load((CHART.parent / "prometheus-adapter.yaml").read_text())
    (rule,) = adapter["rules"]["custom"]
    series = rule["seriesQuery"].partition("{")[0]
    made = re.sub(rule["name"]["matches"], r"\1_per_second", series)
    assert rule["name"]["as"] == "${1}_per_second"
    scaler = rendered(SHARED)["HorizontalPodAutoscaler", "demo-homelens"]
    (metric,) = (m["pods"]["metric"]["name"] for m in scaler["spec"]["metrics"] if "pods" in m)
    assert metric == made
    services = open_services(Settings(state=tmp_path))
    assert f"# TYPE {series} counter" in services.metrics.render().decode()
    services.database.close()
