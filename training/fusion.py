"""Fits how room scores and seen objects become calibrated room probabilities.

    fusion = fit_fusion(logits, objects, labels)     # validation photos, never training ones

A multinomial logistic model whose map of the network's logits is pulled towards a multiple of the
identity and whose map of the objects is pulled towards zero: with little data it is temperature
scaling (Guo et al. 2017). The strength of the pull is chosen by five-fold cross-validation.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

PULLS = ((3.0, 3.0), (1.0, 1.0), (0.3, 0.3), (0.1, 0.1), (0.03, 0.03), (0.3, 0.03), (1.0, 0.1))
"""Candidate strengths for the logits' and the objects' map."""

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Fitted:
    """Maps for vision.rooms.Fusion, the chosen pulls and cross-validated losses."""

    of_logits: Floats
    of_objects: Floats
    offset: Floats
    pulls: tuple[float, float]
    log_loss: float
    log_loss_without_objects: float


def _fit(
    logits: Floats, objects: Floats, labels: NDArray[np.int64], pulls: tuple[float, float]
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    x, o, y = (torch.from_numpy(a) for a in (logits, objects, labels))
    types = x.shape[1]
    scale = torch.ones((), requires_grad=True)
    away = torch.zeros(types, types, requires_grad=True)
    of_objects = torch.zeros(o.shape[1], types, requires_grad=True)
    offset = torch.zeros(types, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [scale, away, of_objects, offset], max_iter=300, line_search_fn="strong_wolfe"
    )

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        out = x @ (scale * torch.eye(types) + away) + o @ of_objects + offset
        loss = torch.nn.functional.cross_entropy(out, y, reduction="sum")
        loss = loss + pulls[0] * 10 * away.square().sum() + pulls[1] * of_objects.square().sum()
        loss = loss + pulls[0] * offset.square().sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    return (scale * torch.eye(types) + away).detach(), of_objects.detach(), offset.detach()


def cross_validated_loss(
    logits: Floats, objects: Floats, labels: NDArray[np.int64], pulls: tuple[float, float]
) -> float:
    """Mean negative log likelihood over five folds."""
    folds = np.random.default_rng(0).permutation(len(labels)) % 5
    total = 0.0
    for fold in range(5):
        seen, held = folds != fold, folds == fold
        maps = _fit(logits[seen], objects[seen], labels[seen], pulls)
        out = torch.from_numpy(logits[held]) @ maps[0] + torch.from_numpy(objects[held]) @ maps[1]
        loss = torch.nn.functional.cross_entropy(
            out + maps[2], torch.from_numpy(labels[held]), reduction="sum"
        )
        total += float(loss)
    return total / len(labels)


def fit_fusion(logits: Floats, objects: Floats, labels: NDArray[np.int64]) -> Fitted:
    """`logits` (n, types), best `objects` scores (n, classes), `labels` (n,)."""
    losses = {pulls: cross_validated_loss(logits, objects, labels, pulls) for pulls in PULLS}
    pulls = min(losses, key=lambda p: losses[p])
    of_logits, of_objects, offset = _fit(logits, objects, labels, pulls)
    none = np.zeros_like(objects)
    return Fitted(
        of_logits.numpy(),
        of_objects.numpy(),
        offset.numpy(),
        pulls,
        losses[pulls],
        min(cross_validated_loss(logits, none, labels, p) for p in PULLS),
    )
