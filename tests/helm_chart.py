"""The Helm chart, rendered without a cluster; and the part of its schema that settings.py decides.

    found = rendered(values("eks"))              # documents by (kind, name)
    python -m tests.helm_chart                   # writes the settings into values.schema.json

Each setting that the chart does not set itself stands in the schema with the limits that the
service has for it, so that a wrong one is refused before anything is installed.
"""

import json
from pathlib import Path
from typing import Any

import yaml

from serving.settings import PREFIX, Settings

CHART = Path(__file__).resolve().parent.parent / "deploy" / "helm" / "homelens"
SCHEMA = CHART / "values.schema.json"

OWN = {f"{PREFIX}{name}" for name in ("HOST", "PORT", "STATE", "DATABASE_URL", "STORE_URL")}
"""Settings that the chart sets from other values."""

SHARED = {
    "database": {"existingSecret": "homelens-database"},
    "store": {"url": "s3://homelens-photos/a"},
}
"""The least that several replicas need."""

EVERYTHING: dict[str, Any] = {
    **SHARED,
    "image": {"digest": f"sha256:{'0' * 64}", "pullSecrets": ["registry"]},
    "auth": {"existingSecret": "homelens-key"},
    "store": {"url": "s3://homelens-photos", "region": "eu-south-2", "existingSecret": "bucket"},
    "otel": {"endpoint": "http://collector:4318", "headersSecret": "otel"},
    "ingress": {"enabled": True, "host": "photos.example.com", "tlsSecret": "tls"},
    "state": {"type": "ephemeral", "size": "10Gi", "storageClass": "gp3"},
    "settings": {"HOMELENS_MAX_REQUEST_BYTES": 400_000_000, "HOMELENS_QUEUE_SECONDS": 1.25},
    "serviceMonitor": {"enabled": True},
    "prometheusRule": {"enabled": True},
    "grafanaDashboard": {"enabled": True},
    "tolerations": [{"key": "photos", "operator": "Exists"}],
    "affinity": {"podAntiAffinity": {}},
    "podLabels": {"team": "photos"},
    "podAnnotations": {"a": "b"},
    "nodeSelector": {"kubernetes.io/arch": "amd64"},
    "extraVolumes": [{"name": "ca", "configMap": {"name": "rds-ca"}}],
    "extraVolumeMounts": [{"name": "ca", "mountPath": "/ca", "readOnly": True}],
}


def values(name: str) -> dict[str, Any]:
    """A file of values that is shipped beside the chart's own."""
    found = yaml.safe_load((CHART / f"values-{name}.yaml").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def rendered(given: dict[str, Any], release: str = "demo") -> dict[tuple[str, str], Any]:
    """All documents by kind and name. Raises HelmError for values that are refused."""
    import helm_python

    with helm_python.Chart.load(CHART) as chart:
        texts = chart.render(given, name=release, namespace="photos")
    found: dict[tuple[str, str], Any] = {}
    for path, text in texts.items():
        if path.endswith(".yaml"):
            for document in yaml.safe_load_all(text):
                if document:
                    key = (document["kind"], document["metadata"]["name"])
                    assert key not in found, key
                    found[key] = document
    return found


def pods(documents: dict[tuple[str, str], Any]) -> dict[tuple[str, str], Any]:
    """The pods' specs of everything that has some, with their labels beside."""
    found = {}
    for (kind, name), document in documents.items():
        place = document
        if kind == "CronJob":
            place = document["spec"]["jobTemplate"]["spec"]["template"]
        elif kind in ("Deployment", "Job"):
            place = document["spec"]["template"]
        elif kind != "Pod":
            continue
        found[kind, name] = {**place["spec"], "labels": place["metadata"]["labels"]}
    return found


def containers(pod: Any) -> list[Any]:
    """Its containers, those before the others too."""
    return [*pod.get("initContainers", []), *pod["containers"]]


def settings_schema() -> dict[str, Any]:
    """The schema of `settings`."""
    described = Settings.model_json_schema()
    properties = {}
    for field, given in sorted(described["properties"].items()):
        name = f"{PREFIX}{field.upper()}"
        if name in OWN:
            continue
        kinds = [kind for kind in given.get("anyOf", [given]) if kind.get("type") != "null"]
        (kind,) = kinds
        if "$ref" in kind:
            kind = described["$defs"][kind["$ref"].rpartition("/")[2]]
        dropped = ("title", "default", "format", "description")
        properties[name] = {"description": given["description"]} | {
            key: value for key, value in kind.items() if key not in dropped
        }
    return {"type": "object", "additionalProperties": False, "properties": properties}


def compact(value: Any, indent: int = 0) -> str:
    """JSON with what fits on one line on one line."""
    line = json.dumps(value, ensure_ascii=False)
    if len(line) + indent <= 96 or not isinstance(value, dict | list):
        return line
    inner = " " * (indent + 2)
    if isinstance(value, dict):
        parts = [f"{json.dumps(key)}: {compact(item, indent + 2)}" for key, item in value.items()]
        opening, closing = "{", "}"
    else:
        parts = [compact(item, indent + 2) for item in value]
        opening, closing = "[", "]"
    body = f",\n{inner}".join(parts)
    return f"{opening}\n{inner}{body}\n{' ' * indent}{closing}"


def main() -> None:
    """Write the schema's settings anew."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    schema["properties"]["settings"] = settings_schema()
    SCHEMA.write_text(compact(schema) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
