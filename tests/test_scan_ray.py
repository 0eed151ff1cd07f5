"""Scans on Ray: the same rows as on this machine, and the cluster's description."""

from pathlib import Path

import pytest
import typer
import yaml

from serving.cli.main import app
from serving.scan.run import scan
from tests.kuberay_fields import JOB, unknown
from tests.scan_archive import add_broken, make_archive, order, table_of_scan

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.filterwarnings("ignore:::ray")
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_rows_are_those_of_the_local_engine(tmp_path: Path) -> None:
    photos = make_archive(tmp_path / "photos", good=5)
    add_broken(photos)
    scan(order(photos, tmp_path / "local"))
    summary = scan(order(photos, tmp_path / "ray", engine="ray"))
    assert summary.photos == table_of_scan(tmp_path / "local").num_rows
    assert table_of_scan(tmp_path / "ray").equals(table_of_scan(tmp_path / "local"))


def test_the_cluster_is_described_in_fields_that_there_are() -> None:
    job = yaml.safe_load((ROOT / "deploy/ray/scan.yaml").read_text(encoding="utf-8"))
    assert (job["apiVersion"], job["kind"]) == ("ray.io/v1", "RayJob")
    assert unknown(job["spec"], JOB, "spec") == []
    cluster = job["spec"]["rayClusterSpec"]
    head, (workers,) = cluster["headGroupSpec"], cluster["workerGroupSpecs"]
    for group in (head, workers):
        assert all(isinstance(value, str) for value in group["rayStartParams"].values())
        assert group["template"]["spec"]["containers"][0]["image"].endswith(":COMMIT")
    assert workers["minReplicas"] <= workers["replicas"] <= workers["maxReplicas"]


def test_a_slip_in_the_description_is_found() -> None:
    assert unknown({"entrypont": "x"}, JOB, "spec") == ["spec.entrypont"]
    assert unknown({"backoffLimit": "5"}, JOB, "spec") == ["spec.backoffLimit"]


def test_the_cluster_runs_a_command_that_there_is() -> None:
    job = yaml.safe_load((ROOT / "deploy/ray/scan.yaml").read_text(encoding="utf-8"))
    name, *arguments = job["spec"]["entrypoint"].split()
    assert name == "homelens"
    root = typer.main.get_command(app)
    with root.make_context("homelens", arguments, resilient_parsing=False) as context:
        found = root.get_command(context, arguments[0])
        with found.make_context("scan", arguments[1:], parent=context) as inner:
            assert (inner.params["engine"], inner.params["shard"]) == ("ray", 2000)
