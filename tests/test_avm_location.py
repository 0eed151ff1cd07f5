"""Levels of places: what the homes around are worth, and never the home's own price."""

import numpy as np

from avm.features import PLACE_COLUMNS, Features
from avm.location import fit_levels, folds

SPEC = Features(fields=("area_m2",), latitude=45.0, longitude=9.0, located=True)
ZONE = PLACE_COLUMNS.index("zone_level")


def homes(n: int = 1200, zones: int = 4) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Homes in zones of different levels, and premiums that are otherwise noise."""
    random = np.random.default_rng(6)
    zone = random.integers(0, zones, n)
    table = {
        "latitude": 45 + random.uniform(0, 0.1, n),
        "longitude": 9 + random.uniform(0, 0.1, n),
        "zone": np.array([f"z{k}" for k in zone], dtype=object),
        "city": np.array(["Town"] * n, dtype=object),
    }
    return table, 0.2 * zone + random.normal(0, 0.2, n), np.arange(n)


def test_a_zone_has_its_level_and_an_unknown_one_the_markets() -> None:
    table, premium, groups = homes()
    levels = fit_levels(table, premium, groups, SPEC)
    found = levels.columns(table, SPEC)[:, ZONE]
    for k in range(4):
        own = table["zone"] == f"z{k}"
        assert abs(found[own][0] - (premium[own].mean() - np.median(premium))) < 0.01
    new = {**table, "zone": np.array(["elsewhere"] * len(groups), dtype=object)}
    assert (levels.columns(new, SPEC)[:, ZONE] == 0).all()


def test_the_level_of_a_place_does_not_tell_a_homes_own_price() -> None:
    table, premium, groups = homes()
    found = fit_levels(table, premium, groups, SPEC).columns(table, SPEC, groups)
    for k in range(4):
        own = table["zone"] == f"z{k}"
        # a fifth of a zone's homes share a level: were each home's its own, trees could read it
        assert len(np.unique(found[own, ZONE])) == 5
        assert abs(np.corrcoef(found[own, ZONE], premium[own])[0, 1]) < 0.25
    assert (found[:, PLACE_COLUMNS.index("city_level")] == 0).all()


def test_neighbours_leave_out_the_homes_own_group() -> None:
    table, premium, groups = homes(300)
    twins = {name: np.concatenate([values, values]) for name, values in table.items()}
    twice, both = np.concatenate([premium, premium]), np.concatenate([groups, groups])
    near = fit_levels(twins, twice, both, SPEC).columns(twins, SPEC, both)[:, 0]
    alone = fit_levels(twins, twice, both, SPEC).columns(twins, SPEC)[:, 0]
    assert np.corrcoef(alone, twice)[0, 1] > np.corrcoef(near, twice)[0, 1] + 0.1


def test_folds_keep_groups_together() -> None:
    groups = np.repeat(np.arange(500), 3)
    found = folds(groups, 5).reshape(500, 3)
    assert (found == found[:, :1]).all()
    assert np.bincount(found[:, 0]).min() > 60
