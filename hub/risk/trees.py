"""
An ensemble of small trees as plain data: chances and reasons without the library that grew it.

A reason is what the splits on a column changed on the way to the leaf; with the ensemble's mean they add
up to the margin exactly.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np

from hub.risk.frame import Floats

_BLOCK = 256


class Tree(msgspec.Struct, frozen=True, array_like=True):
    """A binary tree. A child below nought is a leaf: its number is `-1 - child`."""

    column: tuple[int, ...]
    bound: tuple[float, ...]
    """At most that: left."""
    missing: tuple[int, ...]
    """Where a missing value goes: 0 as if it were nought, 1 left, 2 right."""
    left: tuple[int, ...]
    right: tuple[int, ...]
    inner: tuple[float, ...]
    """The mean margin of the rows that came by."""
    leaf: tuple[float, ...]

    def goes_left(self, node: int, value: float) -> bool:
        if math.isnan(value):
            return self.bound[node] >= 0.0 if self.missing[node] == 0 else self.missing[node] == 1
        return value <= self.bound[node]


class Trees:
    """All trees, laid out so that many rows go down all of them at once."""

    def __init__(self, trees: Sequence[Tree]) -> None:
        """No tree may have more than eight leaves."""
        self.trees = [tree for tree in trees if tree.column]
        self._always = math.fsum(tree.leaf[0] for tree in trees if not tree.column and tree.leaf)
        splits = [
            (tree.column[n], tree.bound[n], tree.goes_left(n, math.nan), _lost(tree, tree.left[n]))
            for tree in self.trees
            for n in range(len(tree.column))
        ]
        self._column = np.array([s[0] for s in splits], dtype=np.int64)
        self._bound = np.array([s[1] for s in splits])[:, None]
        self._left = np.array([s[2] for s in splits], dtype=bool)[:, None]
        self._keeps = np.array([255 ^ s[3] for s in splits], dtype=np.uint8)[:, None]
        sizes = [len(tree.column) for tree in self.trees]
        self._starts = np.cumsum([0, *sizes[:-1]]) if sizes else np.zeros(0, dtype=np.int64)
        self._worth = np.array([_worths(tree) for tree in self.trees]).ravel()
        self._offset = (np.arange(len(self.trees)) * 256)[:, None]

    def margins(self, x: Floats) -> Floats:
        """Return the sum of the trees for each row."""
        total = np.full(len(x), self._always)
        if self.trees:
            for begin in range(0, len(x), _BLOCK):
                part = slice(begin, begin + _BLOCK)
                total[part] += self._sum(np.ascontiguousarray(x[part].T))
        return total

    def _sum(self, columns: Floats) -> Floats:
        """
        Each split that sends a row to the right rules out the leaves on its left, as bits of a byte.

        Of what is left of a tree's leaves when all its splits have spoken, the first is the row's.
        """
        left = columns[self._column] <= self._bound
        gone = np.isnan(columns)
        if gone.any():
            left |= gone[self._column] & self._left
        kept = self._keeps | np.negative(left.view(np.uint8))
        leaves = np.bitwise_and.reduceat(kept, self._starts, axis=0)
        return self._worth[leaves + self._offset].sum(axis=0)

    def contributions(self, row: Floats) -> Floats:
        """Return each column's part in the margin of one row, beyond the mean of all trees."""
        parts = np.zeros(len(row))
        values: list[float] = row.tolist()
        for tree in self.trees:
            node, at = 0, tree.inner[0]
            while node >= 0:
                column = tree.column[node]
                child = (tree.left if tree.goes_left(node, values[column]) else tree.right)[node]
                now = tree.inner[child] if child >= 0 else tree.leaf[-1 - child]
                parts[column] += now - at
                node, at = child, now
        return parts


def _order(tree: Tree, node: int = 0) -> list[int]:
    """Return the leaves below a node from left to right."""
    if node < 0:
        return [-1 - node]
    return _order(tree, tree.left[node]) + _order(tree, tree.right[node])


def _lost(tree: Tree, node: int) -> int:
    """Return the leaves below a node as bits, by their place from the left."""
    place = {leaf: i for i, leaf in enumerate(_order(tree))}
    return sum(1 << place[leaf] for leaf in _order(tree, node))


def _worths(tree: Tree) -> list[float]:
    """Return what the first of some leaves is worth, for every set of leaves as a byte."""
    order = _order(tree)
    firsts = [((byte & -byte).bit_length() - 1) % 8 for byte in range(256)]
    return [tree.leaf[order[first]] if first < len(order) else 0.0 for first in firsts]


def parsed(text: str) -> Trees:
    """Return the trees of a LightGBM model's text."""
    trees: list[Tree] = []
    for block in text.split("\nTree=")[1:]:
        fields = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        decided = _numbers(fields.get("decision_type", ""))
        kinds = [0 if (int(d) >> 2) & 3 == 0 else 1 if int(d) & 2 else 2 for d in decided]
        trees.append(
            Tree(
                tuple(map(int, _numbers(fields.get("split_feature", "")))),
                tuple(_numbers(fields.get("threshold", ""))),
                tuple(kinds),
                tuple(map(int, _numbers(fields.get("left_child", "")))),
                tuple(map(int, _numbers(fields.get("right_child", "")))),
                tuple(_numbers(fields.get("internal_value", ""))),
                tuple(_numbers(fields.get("leaf_value", ""))),
            )
        )
    return Trees(trees)


def _numbers(text: str) -> Sequence[float]:
    return [float(word) for word in text.split()]
