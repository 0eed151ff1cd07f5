"""Scans on Ray: the same rows as on this machine, and the cluster's description."""

from pathlib import Path

import pyarrow as pa
import pytest
import typer
import yaml

from serving.cli.main import app
from serving.scan.dest import Dest
from serving.scan.marks import Marks
from serving.scan.plan import Header, Plan
from serving.scan.run import begun, scan
from serving.scan.schema import TIMES
from serving.scan.shard import Eyes, Shard, Tally, scan_shard
from serving.scan.source import Source
from tests.kuberay_fields import JOB, unknown
from tests.scan_archive import add_broken, make_archive, order, table_of_scan

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.filterwarnings("ignore:::ray")
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_rows_are_those_of_one_process(tmp_path: Path) -> None:
    photos = make_archive(tmp_path / "photos", good=5)
    add_broken(photos)
    planned = order(photos, tmp_path / "ray", shard_size=16, engine="ray")
    dest, source = Dest.open(planned.out), Source.open(planned.source)
    header = begun(planned, source, dest, lambda text: None)
    names = [name for shard in range(header.shards) for name in Plan(dest).names(shard)]
    eyes = Eyes.open(planned.models, planned.rules, planned.limits)
    rows = scan_shard(names, lambda name: source.read(name, planned.limits.max_bytes), eyes).table
    marks = leave_marks(dest, header, rows)
    summary = scan(planned)
    assert summary.photos == len(names) > planned.shard_size
    assert summary.work["photos"] == len(names) - marks.rows  # the mark's tally counts nothing
    assert table_of_scan(planned.out).equals(rows.drop_columns(list(TIMES)))
    assert not (tmp_path / "ray" / "marks").exists()


def leave_marks(dest: Dest, header: Header, rows: pa.Table) -> Marks:
    """Marks as killed workers leave them, of the first shard and of one that is finished."""
    marks = Marks(dest, header)
    for shard in (0, 7):
        marks.write(shard, 0, Shard(rows.slice(0, marks.rows), Tally()))
    marks.settle()
    return marks


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
