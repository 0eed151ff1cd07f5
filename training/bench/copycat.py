"""An attacker asks for values and trains a copy of the model: how good does it get?

    homelens bench copycat king_county --data king_county.parquet --schema king_county \\
        --models models/avm --test-from 2015-04-01 --out pictures

Three ways to choose requests: a grid around real homes, fields drawn evenly, and real homes (of
adverts, say). What is answered trains LightGBM on everything that the model reads, which is tried
on homes of after the model's time: against the model's values and against what was paid. Answers
are exact, rounded or coarse; and, for the whole protection, what the gate of the service really
lets through (in this process, on a database of its own) for so many requests in one day.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avm.market import load_market
from avm.schema import HomeRecord, from_row
from avm.splits import split
from avm.valuation import Valuation
from avm.value import Valuer
from serving.errors import DayQuota, SweepRefused
from serving.store.database import Database
from serving.valuing.desk import known_through, query_of
from serving.valuing.gate import Asker, Gate, Quotas, Trust
from serving.valuing.natural import fit_natural
from serving.valuing.rounding import rounded, step_of
from training.bench.copycat_callers import Callers, get
from training.bench.copycat_detector import detector_figures, median
from training.console import note
from training.figures import Figure
from vision.errors import DataError, ValuationError

Floats = NDArray[np.float64]

ATTACKS = ("grid", "box", "homes")

ADDRESS_PER_DAY = 60
"""The service's default (HOMELENS_VALUATION_ADDRESS_PER_DAY)."""

ANONYMOUS_PER_DAY = 30_000
"""The service's default (HOMELENS_VALUATION_ANONYMOUS_PER_DAY)."""

PUBLIC_COMPARABLES, EXACT_COMPARABLES = 3, 6

LEAST = 20
"""Answers that a copy is trained on at least."""


@dataclass(frozen=True)
class Plan:
    """How much is asked."""

    queries: int = 2000
    tested: int = 1500
    people: int = 300
    addresses: tuple[int, ...] = (1, 10)
    attempts: int = 1000
    """requests of an attack on the whole protection, over all its addresses, in one day"""
    seed: int = 7

    @property
    def sizes(self) -> list[int]:
        """Requests after which copies are tried: 1,000 and its parts and multiples."""
        given = (125, 250, 500, 1000, 2000, 4000, 8000)
        return [size for size in given if size <= self.queries] or [self.queries]


@dataclass(frozen=True)
class Asked:
    """A request and its answer; None where the model knows no home like that."""

    home: HomeRecord
    answer: Valuation | None

    def seen(self, level: int | None) -> Valuation | None:
        """What the caller sees: at a level of suspicion; None: exactly."""
        if self.answer is None or level is None:
            return self.answer
        return rounded(self.answer, step_of(self.answer, level))


@dataclass(frozen=True)
class Trial:
    """Homes that copies are tried on."""

    x: Floats
    model: Floats
    price: Floats


def bench_copycat(
    models: Path, market: str, data: Path, schema: str, test_from: date, plan: Plan
) -> tuple[list[Figure], list[Figure]]:
    """All figures of copies, and those of the detector. Raises DataError, or what bundles raise."""
    valuer = Valuer.load(models / market)
    if valuer.manifest.trained_through >= f"{test_from:%Y-%m}":
        raise DataError(
            f"the model has learned from {valuer.manifest.trained_through}",
            accepted="--test-from in a later month",
            do="train a model on the rows before (homelens avm train)",
        )
    parts = split(load_market(data, schema).frame, test_from)
    day = known_through(valuer.manifest, date.today())
    random = np.random.default_rng(plan.seed)

    def homes(rows: list[dict[str, object]]) -> list[HomeRecord]:
        nothing = {"price": None, "asking_price": None, "first_asking_price": None, "date": day}
        return [from_row(row).model_copy(update=nothing) for row in rows]

    known = homes(parts.train.sample(min(8000, parts.train.height), seed=plan.seed).to_dicts())
    later = parts.test.sample(min(plan.tested, parts.test.height), seed=plan.seed)
    new = homes(later.to_dicts())
    trial = try_out(valuer, new, later["price"].to_numpy().astype(float))
    callers = Callers.of(known, valuer, plan.seed)
    note(f"{len(trial.price)} homes to try copies on")
    figures = [median("copycat.model.mdape", list(np.abs(trial.model / trial.price - 1)), "share")]
    for attack in ATTACKS:
        figures += attack_figures(attack, valuer, callers, trial, plan, random)
    # people ask for homes that the model has not seen; whoever copies takes what was advertised
    people, sweeps = (Callers.of(of, valuer, plan.seed + 1) for of in (new, known))
    return figures, detector_figures(valuer, people, sweeps, plan.people)


def attack_figures(
    attack: str,
    valuer: Valuer,
    callers: Callers,
    trial: Trial,
    plan: Plan,
    random: np.random.Generator,
) -> list[Figure]:
    """One way of asking, by what is answered."""
    draw = {"grid": callers.grid, "box": callers.box, "homes": callers.agent}[attack]
    asked = [ask(valuer, home) for home in draw(plan.queries)]
    note(f"{attack}: {sum(one.answer is not None for one in asked)} of {len(asked)} were valued")
    figures = []
    for size in plan.sizes:
        for kind, level in (("exact", None), ("rounded", 0), ("coarse", 2)):
            answers = [(one.home, one.seen(level)) for one in asked[:size]]
            figures += copy_figures(f"{attack}.{kind}.{size}", answers, valuer, trial)
        if attack == "homes":
            for kind, level in (("exact", None), ("rounded", 0)):
                answers = [(one.home, one.seen(level)) for one in asked[:size]]
                stem = f"{attack}_and_comparables.{kind}.{size}"
                figures += copy_figures(stem, answers, valuer, trial, comparables=True)
    for addresses in plan.addresses:
        passed = through_gate(valuer, asked[: plan.attempts], addresses)
        stem = f"{attack}.protected.{addresses}_addresses"
        n = len(asked[: plan.attempts])
        answered = len(passed) / addresses
        figures.append(
            Figure(
                name=f"copycat.{stem}.answered",
                value=answered,
                low=answered,
                high=answered,
                n=n,
                unit="requests",
            )
        )
        figures += copy_figures(stem, passed, valuer, trial)
    return figures


def ask(valuer: Valuer, home: HomeRecord) -> Asked:
    """The model's answer to a request."""
    try:
        return Asked(home, valuer.value(home, EXACT_COMPARABLES))
    except ValuationError:
        return Asked(home, None)


def through_gate(
    valuer: Valuer, asked: Sequence[Asked], addresses: int
) -> list[tuple[HomeRecord, Valuation | None]]:
    """What a day's requests get past the service's gate, from so many addresses in turn."""
    natural, now = fit_natural(valuer.package), datetime.now(UTC)
    with tempfile.TemporaryDirectory() as folder:
        database = Database.open(f"sqlite:///{Path(folder) / 'gate.db'}")
        gate = Gate(database, Quotas(ADDRESS_PER_DAY, ADDRESS_PER_DAY, ANONYMOUS_PER_DAY))
        passed: list[tuple[HomeRecord, Valuation | None]] = []
        for number, one in enumerate(asked):
            if one.answer is None:
                continue
            asker = Asker(f"address {number % addresses}", Trust.PUBLIC)
            query = query_of(one.home, valuer, natural, b"of the benchmark")
            try:
                level = gate.pass_(asker, query, None, now)
            except (DayQuota, SweepRefused):
                continue
            passed.append((one.home, one.seen(level)))
        database.close()
    return passed


def copy_figures(
    stem: str,
    answers: Sequence[tuple[HomeRecord, Valuation | None]],
    valuer: Valuer,
    trial: Trial,
    *,
    comparables: bool = False,
) -> list[Figure]:
    """A copy's median error against the model and against prices; none with too few answers."""
    rows = [(features(home, valuer), answer.value) for home, answer in answers if answer]
    if len(rows) < LEAST:
        return []
    for _, answer in answers if comparables else ():
        for one in answer.comparables if answer else ():
            names = {n: v for n, v in one.model_dump().items() if isinstance(v, float | int)}
            rows.append((np.array([names.get(n, np.nan) for n in valuer.reads()], float),
                         one.price_today))  # fmt: skip
    x, y = np.array([row[0] for row in rows]), np.log([row[1] for row in rows])
    found = np.exp(fit_copy(x, y, trial.x))
    return [
        median(f"copycat.{stem}.from_model", list(np.abs(found / trial.model - 1)), "share"),
        median(f"copycat.{stem}.from_prices", list(np.abs(found / trial.price - 1)), "share"),
    ]


def fit_copy(x: Floats, y: Floats, tried: Floats) -> Floats:
    """LightGBM on the answers' log values, and its values of other homes."""
    import lightgbm

    parameters = {
        "objective": "l1" if len(y) > 400 else "l2",
        "learning_rate": 0.05,
        "num_leaves": 15,
        "min_data_in_leaf": max(3, min(10, len(y) // 20)),
        "feature_fraction": 0.7,
        "num_threads": 1,
        "seed": 7,
        "deterministic": True,
        "verbosity": -1,
    }
    booster = lightgbm.train(parameters, lightgbm.Dataset(x, y), num_boost_round=400)
    return np.asarray(booster.predict(tried), dtype=np.float64)


def features(home: HomeRecord, valuer: Valuer) -> Floats:
    """All that the model reads, as numbers; NaN where it is not known or a word."""
    found = [get(home, name) for name in valuer.reads()]
    return np.array([np.nan if value is None else value for value in found], dtype=np.float64)


def try_out(valuer: Valuer, homes: Sequence[HomeRecord], prices: Floats) -> Trial:
    """The homes that the model values, with its values."""
    kept = [
        (features(home, valuer), asked.answer.value, price)
        for home, price in zip(homes, prices.tolist(), strict=True)
        if (asked := ask(valuer, home)).answer is not None
    ]
    x, model, price = zip(*kept, strict=True)
    return Trial(np.array(x), np.array(model), np.array(price))
