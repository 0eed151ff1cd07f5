"""Trains the room classifier.

    homelens train rooms --data DATA --work work

1. Features of the ImageNet network for all training photos; five-fold logistic regression on them
   gives every label an out-of-fold probability, and labels that look wrong are left out.
2. The same regression, fitted on what remains, starts the room head (linear probing, then
   fine-tuning: Kumar et al. 2022), so that the first steps do not spoil the features.
3. Fine-tuning with mixup, label smoothing and a moving average of the weights; turned copies train
   the orientation head. The result is blended with what it started from.
Every epoch is checkpointed; an interrupted run goes on with the next epoch.
"""

import copy
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import Progress
from torch import nn

from training.augment import augment
from training.rooms_data import TYPES, Sample, assign, collect, pictures, write_test_folders
from training.rooms_model import MEAN, STD, RoomNet

CACHE_SIDE = 300
"""Photos are kept at this size in memory; crops are taken from it."""


def to_tensor(views: NDArray[np.uint8]) -> torch.Tensor:
    """(n, side, side, 3) uint8 to the normalised channels-last batch."""
    batch = torch.from_numpy(views).permute(0, 3, 1, 2).float().div_(255).sub_(MEAN).div_(STD)
    return batch.contiguous(memory_format=torch.channels_last)


@torch.inference_mode()
def outputs(
    net: RoomNet, stack: NDArray[np.uint8], side: int
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Room logits, orientation logits and features of whole photos."""
    import cv2

    net.eval()
    found: list[list[NDArray[np.float32]]] = [[], [], []]
    with Progress(transient=True) as progress:
        task = progress.add_task("features", total=len(stack))
        for start in range(0, len(stack), 32):
            views = np.stack(
                [
                    cv2.resize(p, (side, side), interpolation=cv2.INTER_AREA)
                    for p in stack[start : start + 32]
                ]
            )
            for kept, part in zip(found, net(to_tensor(views)), strict=True):
                kept.append(part.numpy())
            progress.advance(task, len(views))
    rooms, orientation, pooled = (np.concatenate(parts) for parts in found)
    return rooms, orientation, pooled


def doubtful(
    features: NDArray[np.float32], labels: NDArray[np.int64], groups: NDArray[np.str_], below: float
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Which labels look wrong, and every label's out-of-fold probability.

    Folds keep groups together (confident learning, Northcutt et al. 2021, with a fixed bound).
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.003, max_iter=300))
    probabilities = cross_val_predict(
        model, features, labels, groups=groups, cv=GroupKFold(5), method="predict_proba"
    )
    columns = np.searchsorted(np.unique(labels), labels)
    given = probabilities[np.arange(len(labels)), columns]
    return given < below, given


def probe(net: RoomNet, features: NDArray[np.float32], labels: NDArray[np.int64]) -> None:
    """Set the room head to the logistic regression on the features."""
    from sklearn.linear_model import LogisticRegression

    mean, std = features.mean(0), features.std(0) + 1e-6
    model = LogisticRegression(C=0.003, max_iter=300).fit((features - mean) / std, labels)
    weight = model.coef_ / std
    with torch.no_grad():
        net.rooms.weight[model.classes_] = torch.from_numpy(weight).float()
        net.rooms.bias[model.classes_] = torch.from_numpy(model.intercept_ - weight @ mean).float()


def _optimizer(net: RoomNet, params: dict[str, Any]) -> torch.optim.Optimizer:
    heads = [*net.rooms.parameters(), *net.orientation.parameters()]
    backbone = [p for p in net.backbone.parameters() if p.requires_grad]
    return torch.optim.AdamW(
        [
            {"params": backbone, "lr": params["backbone_rate"]},
            {"params": heads, "lr": params["head_rate"]},
        ],
        weight_decay=params["weight_decay"],
    )


def _loss(
    net: RoomNet,
    views: torch.Tensor,
    labels: torch.Tensor,
    turns: torch.Tensor,
    rng: np.random.Generator,
    params: dict[str, Any],
) -> torch.Tensor:
    share = float(rng.beta(params["mixup"], params["mixup"]))
    partner = torch.from_numpy(rng.permutation(len(views)))
    rooms, orientation, _ = net(views.lerp(views[partner], 1 - share))
    cross = nn.CrossEntropyLoss(label_smoothing=params["label_smoothing"])
    sharp = nn.CrossEntropyLoss()
    return share * (cross(rooms, labels) + 0.5 * sharp(orientation, turns)) + (1 - share) * (
        cross(rooms, labels[partner]) + 0.5 * sharp(orientation, turns[partner])
    )


def fine_tune(
    net: RoomNet,
    stack: NDArray[np.uint8],
    labels: NDArray[np.int64],
    val: tuple[NDArray[np.uint8], NDArray[np.int64]],
    work: Path,
    params: dict[str, Any],
    seed: int,
) -> RoomNet:
    """The moving average of the fine-tuned network; resumes from `work`/last.pt."""
    net.freeze_first(params["frozen_blocks"])
    net = net.to(memory_format=torch.channels_last)
    average = copy.deepcopy(net).eval()
    optimizer = _optimizer(net, params)
    base_rates = [group["lr"] for group in optimizer.param_groups]
    steps = math.ceil(len(stack) / params["batch"])
    log: list[dict[str, float]] = []
    last = work / "last.pt"
    if last.is_file():
        saved = torch.load(last, weights_only=True)
        net.load_state_dict(saved["net"])
        average.load_state_dict(saved["average"])
        optimizer.load_state_dict(saved["optimizer"])
        log = saved["log"]
    with Progress() as progress:
        for epoch in range(len(log), params["epochs"]):
            rng = np.random.default_rng([seed, epoch])
            torch.manual_seed(seed + epoch)
            task = progress.add_task(f"epoch {epoch + 1} of {params['epochs']}", total=steps)
            net.train()
            total = 0.0
            for step, chosen in enumerate(np.array_split(rng.permutation(len(stack)), steps)):
                done = (epoch * steps + step) / (params["epochs"] * steps)
                warm = min(1.0, (epoch * steps + step + 1) / 100)
                for group, rate in zip(optimizer.param_groups, base_rates, strict=True):
                    group["lr"] = rate * warm * (0.02 + 0.98 * (1 + math.cos(math.pi * done)) / 2)
                drawn = [augment(stack[i], params["side"], rng, params) for i in chosen]
                views = to_tensor(np.stack([view for view, _ in drawn]))
                turns = torch.tensor([turn for _, turn in drawn])
                loss = _loss(net, views, torch.from_numpy(labels[chosen]), turns, rng, params)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += float(loss.detach())
                decay = min(
                    params["average"], (epoch * steps + step + 1) / (epoch * steps + step + 10)
                )
                with torch.no_grad():
                    for mine, theirs in zip(average.parameters(), net.parameters(), strict=True):
                        mine.lerp_(theirs, 1 - decay)
                progress.advance(task)
            guessed = outputs(average, val[0], params["side"])[0].argmax(1)
            log.append({"loss": total / steps, "val_accuracy": float((guessed == val[1]).mean())})
            progress.console.print(f"epoch {epoch + 1}: {log[-1]}")
            part = last.with_suffix(".part")
            torch.save(
                {
                    "net": net.state_dict(),
                    "average": average.state_dict(),
                    "optimizer": optimizer.state_dict(),
                    "log": log,
                },
                part,
            )
            part.replace(last)
            (work / "metrics.json").write_text(json.dumps(log, indent=1))
            draw_curves(log, work / "curves.png")
    return average


def draw_curves(log: list[dict[str, float]], path: Path) -> None:
    """Loss and validation accuracy by epoch as a PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 3), layout="constrained")
    for axes, name in zip(figure.subplots(1, 2), ("loss", "val_accuracy"), strict=True):
        axes.plot(range(1, len(log) + 1), [row[name] for row in log], marker="o")
        axes.set_xlabel("epoch")
        axes.set_title(name.replace("_", " "))
    figure.savefig(path)


def train_rooms(data: Path, work: Path, params: dict[str, Any], seed: int) -> None:
    """Everything from the data folder to `work`/net.pt and the test folders beside it."""
    work.mkdir(parents=True, exist_ok=True)
    samples = collect(data)
    parts = assign(samples, params["shares"])
    write_test_folders(samples, parts, work / "test")
    chosen = [
        [s for s, p in zip(samples, parts, strict=True) if p == name] for name in ("train", "val")
    ]
    train_stack, val_stack = (pictures(part, CACHE_SIDE) for part in chosen)
    train_labels, val_labels = (numbered(part) for part in chosen)
    torch.manual_seed(seed)
    net = RoomNet.start(params["start"]).to(memory_format=torch.channels_last)
    start = work / "start.pt"
    if start.is_file():
        saved = torch.load(start, weights_only=True)
        kept = saved["kept"].numpy()
        net.load_state_dict(saved["net"])
    else:
        features = outputs(net, train_stack, params["side"])[2]
        groups = np.array([f"{s.source}/{s.group}" for s in chosen[0]])
        bad, given = doubtful(features, train_labels, groups, params["doubtful_below"])
        # Only Places is known to be mislabelled; the others' rare views are worth keeping.
        bad &= np.array([s.source == "places" for s in chosen[0]])
        kept = ~bad
        probe(net, features[kept], train_labels[kept])
        report = [
            {
                "photo": "/".join(s.path.parts[-3:]),
                "room": s.room,
                "probability": round(float(p), 4),
            }
            for s, p, b in zip(chosen[0], given, bad, strict=True)
            if b
        ]
        (work / "left_out.json").write_text(json.dumps(report, indent=1))
        probed = outputs(net, val_stack, params["side"])[0].argmax(1)
        (work / "probe.json").write_text(
            json.dumps({"val_accuracy": float((probed == val_labels).mean())})
        )
        torch.save({"kept": torch.from_numpy(kept), "net": net.state_dict()}, start)
    average = fine_tune(
        net, train_stack[kept], train_labels[kept], (val_stack, val_labels), work, params, seed
    )
    saved = torch.load(start, weights_only=True)["net"]
    torch.save(blend(saved, average.state_dict(), params["blend"]), work / "net.pt")


def blend(
    start: dict[str, torch.Tensor], tuned: dict[str, torch.Tensor], share: float
) -> dict[str, torch.Tensor]:
    """`share` of the fine-tuned weights, the rest of those they started from.

    What fine-tuning adds is kept while photos of other styles lose less (WiSE-FT, Wortsman et al.
    2022).
    """
    return {
        name: start[name].lerp(tensor, share) if tensor.is_floating_point() else tensor
        for name, tensor in tuned.items()
    }


def numbered(samples: list[Sample]) -> NDArray[np.int64]:
    """Labels as indices into TYPES."""
    return np.array([TYPES.index(sample.room) for sample in samples], np.int64)
