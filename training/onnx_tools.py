"""Graph tools that every export shares: trace, simplify, store in half precision, check.

    model = simplify(trace(module, sample, inputs=("images",), outputs=("logits",)))
    model = store_half(model)
    write_model(model, path)
    worst = check_against_torch(path, module, sample, tolerance=0.01)

The result is the same bytes for the same module, so that a bundle's hash can be reproduced.
"""

import hashlib
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from vision.session import open_session

OPSET = 17
"""Every operator of the models is there, and every onnxruntime since 1.14 reads it."""

HALF_FROM = 256
"""Elements; smaller tensors (biases, scales) keep full precision, they weigh nothing."""


def trace(
    module: torch.nn.Module,
    sample: torch.Tensor,
    inputs: tuple[str, ...],
    outputs: tuple[str, ...],
) -> onnx.ModelProto:
    """The module in evaluation mode as a fixed-shape ONNX model for inputs shaped as `sample`."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        path = Path(folder) / "model.onnx"
        # The tracing exporter is announced as superseded; it is the one with stable output names
        # and without source paths in the file.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module.eval(),
            (sample,),
            path,
            input_names=list(inputs),
            output_names=list(outputs),
            opset_version=OPSET,
            dynamo=False,
        )
        return onnx.load(path)


def simplify(model: onnx.ModelProto) -> onnx.ModelProto:
    """Constants folded, dead and doubled nodes removed (onnxslim), texts of the tracer removed."""
    import onnxslim

    slim = onnxslim.slim(model)
    for node in _nodes(slim.graph):
        node.ClearField("doc_string")
        node.ClearField("metadata_props")
    for value in (*slim.graph.input, *slim.graph.output, *slim.graph.value_info):
        value.ClearField("doc_string")
        value.ClearField("metadata_props")
    slim.ClearField("metadata_props")
    slim.ClearField("doc_string")
    slim.graph.ClearField("value_info")
    onnx.checker.check_model(slim)
    return slim


def store_half(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy whose large float32 initializers are float16, each followed by a Cast to float32.

    The runtime folds the casts when it loads the model, so that it computes in float32: the file
    halves, speed stays. Raises ValueError where a value is beyond float16's range.
    """
    half = onnx.ModelProto()
    half.CopyFrom(model)
    casts = []
    for tensor in half.graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < HALF_FROM:
            continue
        values = numpy_helper.to_array(tensor)
        if float(np.abs(values).max()) > float(np.finfo(np.float16).max):
            raise ValueError(f"initializer {tensor.name!r} has values beyond float16's range")
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}.half"))
        casts.append(
            helper.make_node(
                "Cast", [tensor.name], [name], name=f"{name}.cast", to=TensorProto.FLOAT
            )
        )
    nodes = [*casts, *half.graph.node]
    half.graph.ClearField("node")
    half.graph.node.extend(nodes)
    onnx.checker.check_model(half)
    return half


def write_model(model: onnx.ModelProto, path: Path) -> str:
    """Write in one step (no half-written file is left behind); the sha256 of what was written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = model.SerializeToString(deterministic=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(data)
    scratch = Path(file.name)
    scratch.chmod(0o644)
    scratch.replace(path)
    return hashlib.sha256(data).hexdigest()


def check_against_torch(
    onnx_path: Path, module: torch.nn.Module, sample: torch.Tensor, tolerance: float
) -> float:
    """The largest difference between the file in onnxruntime and the module in torch.

    Differences are shares of the largest magnitude in the same channel (axis 1), or of 1 where
    that is less: a box in pixels and a score in 0–1 are each held to their own scale. Outputs
    that are sorted by score can swap near ties: check such a model before its sorting. Raises
    ValueError above `tolerance`, or where number or shape of outputs differ.
    """
    with torch.inference_mode():
        answer = module.eval()(sample)
    expected = [t.numpy() for t in ([answer] if isinstance(answer, torch.Tensor) else answer)]
    session = open_session(onnx_path)
    found = session.run(None, {session.get_inputs()[0].name: sample.numpy()})
    if [a.shape for a in found] != [b.shape for b in expected]:
        raise ValueError(
            f"outputs {[a.shape for a in found]} where torch has {[b.shape for b in expected]}"
        )
    worst = max(_difference(a, b) for a, b in zip(found, expected, strict=True))
    if not worst <= tolerance:
        raise ValueError(f"{onnx_path.name} differs from torch by {worst:.2g} > {tolerance:.2g}")
    return worst


def _difference(found: np.ndarray, expected: np.ndarray) -> float:
    axes = tuple(i for i in range(expected.ndim) if i != 1)
    scale = np.maximum(np.abs(expected).max(axis=axes, keepdims=True), 1.0)
    return float((np.abs(found.astype(np.float64) - expected) / scale).max())


def _nodes(graph: onnx.GraphProto) -> Iterator[onnx.NodeProto]:
    """All nodes, those of subgraphs included."""
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield from _nodes(attribute.g)
