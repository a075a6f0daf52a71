"""How many of the nearest neighbours are found, and in what time and memory?"""

import importlib.util
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.helpers.measure import Clock, peak_megabytes
from benchmarks.helpers.table import Bar, show
from labelaudit.classification._neighbours import neighbours_of

# rows, columns, most seconds on two cores, most MB beyond the features, least recall
ROWS = [(19_999, 128, 15.0, 200.0, 1.0), (20_000, 128, 10.0, 150.0, 0.95), (100_000, 128, 40.0, 200.0, 0.95)]
_CLASSES, _LATENT, _QUERIES = 500, 32, 300
_SETUP = """
import numpy as np
from labelaudit.classification._neighbours import neighbours_of
features = np.load({path!r}, mmap_mode="r")
"""


def outputs(n: int, width: int) -> np.ndarray:
    """Return what a random network makes of clusters in 32 dimensions, in float32."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(_CLASSES, _LATENT)).astype(np.float32)
    first = rng.normal(size=(_LATENT, 256)).astype(np.float32)
    second = rng.normal(size=(256, width)).astype(np.float32)
    points = centres[rng.integers(0, _CLASSES, n)] + 0.7 * rng.standard_normal((n, _LATENT), np.float32)
    return np.maximum(np.maximum(points @ first, 0) @ second, 0)


def recall(features: np.ndarray, found: np.ndarray) -> float:
    """Return the share of the 15 nearest of some rows that were found."""
    wide = features.astype(np.float64) - features.mean(axis=0)
    squares = (wide**2).sum(axis=1)
    shares = []
    for row in np.linspace(0, len(wide) - 1, _QUERIES).astype(int):
        distances = squares - 2 * (wide @ wide[row])
        distances[row] = np.inf
        shares.append(np.isin(np.argpartition(distances, 15)[:15], found[row]).mean())
    return float(np.mean(shares))


def _row(n: int, width: int, seconds: float, megabytes: float, least: float, clock: Clock) -> list[object]:
    features = outputs(n, width)
    found = neighbours_of(features)
    (taken,) = clock.alternate([lambda: neighbours_of(features)])
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "features.npy")
        np.save(path, features)
        peak = peak_megabytes(_SETUP.format(path=path), "neighbours_of(features)", "neighbours_of(features[:99])")
    beyond = peak - features.nbytes / 2**20
    return [
        f"{n:,} × {width}",
        Bar(recall(features, found), least, least=True),
        Bar(taken, seconds),
        Bar(beyond, megabytes),
    ]


def main() -> bool:
    clock = Clock()
    able = importlib.util.find_spec("faiss") is not None
    rows = [_row(*row, clock) for row in ROWS if able or row[0] < 20_000]
    title = "Nearest neighbours" if able else "Nearest neighbours (more rows need labelaudit[features], not installed)"
    return show(title, ["", "recall", "seconds", "MB beyond the features"], rows, clock)
