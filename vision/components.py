"""Groups of things that are linked, directly or through others.

    components(4, [(0, 2)])         # [[0, 2], [1], [3]]

Near-duplicates are grouped so: a copy of a copy belongs to the same photo.
"""

from collections.abc import Iterable


def components(count: int, links: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Indices 0 to count - 1 in groups, each in order, the groups by their first (union-find)."""
    parent = list(range(count))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    for a, b in links:
        low, high = sorted((root(a), root(b)))
        parent[high] = low
    groups: dict[int, list[int]] = {}
    for index in range(count):
        groups.setdefault(root(index), []).append(index)
    return list(groups.values())
