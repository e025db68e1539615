"""A small ensemble of trees, as a challenger. LightGBM is optional: without it there is no challenger."""

from __future__ import annotations

import importlib
from typing import Any, Protocol, cast

import numpy as np

from hub.risk.frame import Floats

_SETTINGS: dict[str, object] = {
    "objective": "binary",
    "num_leaves": 7,
    "learning_rate": 0.06,
    "min_data_in_leaf": 100,
    "lambda_l2": 20.0,
    "feature_fraction": 0.5,
    "max_bin": 63,
    "num_threads": 1,
    "seed": 7,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}
TREES = 150


class Grown(Protocol):
    """What is used of LightGBM's model."""

    def model_to_string(self) -> str: ...


def _library() -> Any:
    """Return the module, or None where it is not installed."""
    try:
        return importlib.import_module("lightgbm")
    except (ImportError, OSError):  # its shared library may miss one of the system's
        return None


def installed() -> bool:
    """Whether there can be a challenger."""
    return _library() is not None


def learn(x: Floats, y: Floats, weight: Floats, base: Floats) -> str:
    """Return the text of trees that these rows teach beyond `base` log-odds; the same rows teach the same."""
    library = _library()
    data = library.Dataset(np.ascontiguousarray(x), label=y, weight=weight, init_score=base)
    grown = cast("Grown", library.train(_SETTINGS, data, num_boost_round=TREES))
    return grown.model_to_string()
