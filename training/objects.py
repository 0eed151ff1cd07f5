"""The objects model: COCO's indoor classes kept as they were, the door classes beside them.

    homelens train objects --data DATA --weights yolo26n.pt --work work
    homelens export objects --work work --out models/objects

`JoinedDetector` runs the shared first layers once, then the untouched rest of yolo26n with its
class scores cut to the 12 indoor classes, and the fine-tuned rest for the four door classes.
Nothing of what the detector knew can be forgotten, and a class that a data set does not label is
never taught to be absent.
"""

from pathlib import Path
from typing import Any

import torch
from torch import nn

from training.doors import NAMES as DOORS

INDOOR = (
    "person", "bed", "couch", "chair", "dining table", "toilet",
    "sink", "oven", "microwave", "refrigerator", "tv", "potted plant",
)  # fmt: skip
"""The COCO classes that tell something about a room, by COCO's own names, and people."""


class Branch(nn.Module):
    """The layers of a YOLO model behind the shared ones; returns (1, 4 + classes, anchors)."""

    def __init__(self, layers: nn.ModuleList, first: int, classes: list[int]) -> None:
        super().__init__()
        self.layers, self.first = layers, first
        head: Any = layers[-1]
        for scores in head.cv3:
            last = scores[-1]
            cut = nn.Conv2d(last.in_channels, len(classes), 1)
            cut.weight = nn.Parameter(last.weight.detach()[classes])
            cut.bias = nn.Parameter(last.bias.detach()[classes])
            scores[-1] = cut
        # The one-to-many head with NMS is what the reference figures of yolo26n use.
        for name in ("one2one_cv2", "one2one_cv3"):
            if hasattr(head, name):
                delattr(head, name)
        head.nc, head.no = len(classes), len(classes) + 4 * head.reg_max
        head.export, head.xyxy, head.format = True, True, "onnx"
        head.end2end = False

    def forward(self, shared: list[torch.Tensor]) -> torch.Tensor:
        """Boxes as corners in input pixels and class scores, from the shared layers' outputs."""
        outputs: list[Any] = list(shared)
        for layer in self.layers:
            index: Any = layer.f
            last = outputs[-1]
            if index == -1:
                given = last
            elif isinstance(index, int):
                given = outputs[index]
            else:
                given = [last if i == -1 else outputs[i] for i in index]
            outputs.append(layer(given))
        return outputs[-1]


class JoinedDetector(nn.Module):
    """Shared layers and two branches; returns (indoor, doors), each (1, 4 + classes, anchors)."""

    def __init__(self, coco: Any, doors: Any, shared: int, names: dict[int, str]) -> None:
        super().__init__()
        layers, others = list(coco.model), list(doors.model)
        for mine, theirs in zip(layers[:shared], others[:shared], strict=True):
            for (name, a), b in zip(
                mine.state_dict().items(), theirs.state_dict().values(), strict=True
            ):
                # Checkpoints keep half precision; batch counters move without any effect.
                if "num_batches" not in name and not torch.allclose(a, b, rtol=2e-3, atol=1e-6):
                    raise ValueError(
                        f"the shared layers differ at {name}: train with freeze={shared}"
                    )
        index = {name: i for i, name in names.items()}
        self.shared = nn.ModuleList(layers[:shared])
        self.indoor = Branch(nn.ModuleList(layers[shared:]), shared, [index[n] for n in INDOOR])
        self.doors = Branch(nn.ModuleList(others[shared:]), shared, list(range(len(DOORS))))

    def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """`pictures` is (1, 3, H, W) RGB in 0-1."""
        outputs: list[torch.Tensor] = []
        for layer in self.shared:
            outputs.append(layer(outputs[-1] if outputs else pictures))
        return self.indoor(outputs), self.doors(outputs)


def load_detector(path: Path) -> nn.Module:
    """The float32 model of an ultralytics checkpoint (its moving average where it has one)."""
    from ultralytics.models import YOLO

    model: Any = YOLO(str(path)).model
    network: nn.Module = model.float().eval()
    return network


def joined(weights: Path, doors: Path, shared: int) -> JoinedDetector:
    """The model to export, its convolutions and batch norms fused. Raises ValueError."""
    coco, fine = load_detector(weights), load_detector(doors)
    names: Any = coco.names
    model = JoinedDetector(coco, fine, shared, names).eval()
    fuse(model)
    return model


def fuse(model: nn.Module) -> None:
    """Fold every batch norm into its convolution, as ultralytics does before inference."""
    from ultralytics.nn.modules import Conv, DWConv
    from ultralytics.utils.torch_utils import fuse_conv_and_bn

    for module in model.modules():
        if isinstance(module, (Conv, DWConv)) and hasattr(module, "bn"):
            module.conv = fuse_conv_and_bn(module.conv, module.bn)
            delattr(module, "bn")
            module.forward = module.forward_fuse
