"""How the rows that are most like a row are labelled: the vote of its 15 nearest neighbours in a space of features.

A row has no say in its own vote, so that the vote is out-of-sample and can stand beside the probabilities of models. An
exact duplicate of it has.

Near is meant in Euclidean distance. Where the columns are of one kind (pixels, the outputs of a network), their spreads
are alike, and how far a column spreads says how much it matters: they are taken as they are. Where spreads differ as
those of different units do, each column is divided by its own, and held within three of them, for else a few rare
values would decide. Over the data sets of ``benchmarks.questions.noise_study``, and over a network's outputs for two of
them, the vote reached a mean average precision of .898 so, .883 with all columns divided by their spreads, .840 with
none, and .846 by the cosine. Who wants the cosine divides each row by its length: that gives the same order.

Nearer neighbours have more say, the last half of that of the first: among votes that would be equal, and most are, the
nearer decide (mean average precision .885, where all have the same say .872).
"""

from __future__ import annotations

import itertools
import warnings
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from labelaudit._kernels import Array
from labelaudit._run.passes import in_order

_NEIGHBOURS = 15

# A vote has this much of a 16th neighbour, who does not know: no class is impossible. 1 gives the given labels the
# greatest likelihood of 0.5, 1 and 3.
_PRIOR = 1.0
_SAY_OF_THE_LAST = 0.5

# Spreads within this factor of each other, the tenths at both ends aside, are of one kind.
_ALIKE = 10.0
_MOST_SPREADS = 3.0

# Below this many rows all pairs are compared, which takes seconds.
_EXACT_LIMIT = 20_000

_NUMBERS_PER_BLOCK = 1 << 20
_DISTANCES_PER_BLOCK = 1 << 22

# Where float32 leaves more candidates than this, float64 decides; of those that even that cannot tell apart the first
# are taken.
_MOST_CANDIDATES = 256

# The approximate search: graphs over parts of the rows, each built by one thread, so that the number of threads changes
# nothing. Features are kept in bytes there, which is what makes a million rows of 512 fit into half a gigabyte.
_ROWS_PER_GRAPH = 500_000
_LEAST_GRAPHS = 2
_LINKS = 16
_EFFORT_OF_BUILDING = 40
_EFFORT_OF_SEARCH = 32
_SAMPLE = 20_000  # rows that say what range a byte has to span
_BEYOND_RANGE = 0.001  # share of the sample at each end that may lie outside
_QUERIES = 2_000


@dataclass(frozen=True)
class NeighbourVotes:
    """Probabilities of all classes by the vote of neighbours, formed where they are asked for."""

    neighbours: np.ndarray  # (N, at most 15) row numbers, the nearest first, never the row itself; -1: none
    labels: np.ndarray  # (N,) integers; what is no class has no say
    k: int

    @property
    def shape(self) -> tuple[int, int]:
        return self.neighbours.shape[0], self.k

    def __getitem__(self, rows: slice) -> np.ndarray:
        """Return the probabilities (n, K) of rows next to each other, in float32."""
        nearest = self.neighbours[rows]
        n, most = nearest.shape
        given = self.labels[nearest]
        says = (nearest >= 0) & (given >= 0) & (given < self.k)
        places = np.where(says, given, 0) + self.k * np.arange(n)[:, None]
        weights = np.where(says, _weights(most), 0.0)
        votes = np.bincount(places.ravel(), weights.ravel(), minlength=n * self.k).reshape(n, self.k)
        totals = weights.sum(axis=1, keepdims=True) + _PRIOR
        probabilities: np.ndarray = ((votes + _PRIOR / self.k) / totals).astype(np.float32)
        return probabilities


def _weights(most: int) -> np.ndarray:
    # how much say each has, the nearest first; together as much as if each had 1
    weights = np.linspace(1.0, _SAY_OF_THE_LAST, most)
    scaled: np.ndarray = weights * (most / max(weights.sum(), 1.0))
    return scaled


def neighbours_of(features: Array) -> np.ndarray:
    """Return the row numbers (N, min(15, N - 1)) of the nearest neighbours of each row, in int32, the nearest first.

    Below 20,000 rows these are the nearest, and of rows equally near those that come first. From there on, most of them
    are, 98 of 100 among 200,000 rows of 128; a row that found fewer has -1 at the end. The same input gives the same
    neighbours, with any number of threads; there, another processor may round otherwise.

    Parameters
    ----------
    features
        (N, D) finite numbers of any real type, in memory, memory-mapped or read by slicing.

    Raises
    ------
    ImportError
        Where faiss is not installed and there are 20,000 rows or more.
    """
    n = features.shape[0]
    most = min(_NEIGHBOURS, n - 1)
    if most <= 0:
        return np.zeros((n, 0), np.int32)
    return _exact(features, most) if n < _EXACT_LIMIT else _approximate(features, most)


@dataclass(frozen=True)
class _Scale:
    """Turns features into float32 in which Euclidean distance means something."""

    centre: np.ndarray
    spread: np.ndarray  # of each column; one for all where they are of one kind
    limit: float  # no value is farther than so many spreads from the centre

    def of(self, features: Array, first: int, stop: int) -> np.ndarray:
        """Return the rows [first, stop)."""
        scaled = (np.asarray(features[first:stop], np.float64) - self.centre) / self.spread
        points: np.ndarray = np.clip(scaled, -self.limit, self.limit, out=scaled).astype(np.float32)
        return points


def _scale_of(features: Array) -> _Scale:
    n, width = features.shape
    firsts = range(0, n, max(1, _NUMBERS_PER_BLOCK // width))

    def sums(first: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        block = np.asarray(features[first : first + firsts.step], np.float64)
        return block.sum(axis=0), block.min(axis=0), block.max(axis=0)

    def squares(first: int) -> np.ndarray:
        away = np.asarray(features[first : first + firsts.step], np.float64) - centre
        total: np.ndarray = np.einsum("ij,ij->j", away, away)
        return total

    totals, least, greatest = zip(*in_order(firsts, sums), strict=True)
    centre = np.sum(totals, axis=0) / n
    varies = np.min(least, axis=0) < np.max(greatest, axis=0)
    spread = np.sqrt(np.sum(in_order(firsts, squares), axis=0) / n)
    varies &= spread > 0  # squares of what is less than 1e-160 are 0
    if not varies.any():
        return _Scale(centre, np.ones(width), np.inf)
    low, middle, high = np.quantile(spread[varies], [0.1, 0.5, 0.9])
    if high <= _ALIKE * low:
        return _Scale(centre, np.full(width, middle), np.inf)
    return _Scale(centre, np.where(varies, spread, 1.0), _MOST_SPREADS)


def _exact(features: Array, most: int) -> np.ndarray:
    n = features.shape[0]
    points = _scale_of(features).of(features, 0, n)
    step = max(1, _DISTANCES_PER_BLOCK // n)
    blocks = [np.arange(first, min(first + step, n)) for first in range(0, n, step)]
    found, unsure = (
        np.concatenate(parts) for parts in zip(*in_order(blocks, partial(_nearest, points, most)), strict=True)
    )
    rows = np.flatnonzero(unsure)
    if rows.size:
        wide = points.astype(np.float64)
        parts = [rows[first : first + step] for first in range(0, rows.size, step)]
        found[rows] = np.concatenate([nearest for nearest, _ in in_order(parts, partial(_nearest, wide, most))])
    return found


def _nearest(points: np.ndarray, most: int, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the nearest of some rows, and which of them had too many candidates for this type to tell apart.

    A product of matrices finds the candidates, with room for its rounding, which depends on the number of threads. What
    is nearest among them is decided by differences.
    """
    squares = np.einsum("ij,ij->i", points, points)
    slack = 4 * points.dtype.type(np.finfo(points.dtype).eps * np.sqrt(points.shape[1] + 1))
    distances = points[rows] @ points.T
    distances *= -2
    distances += squares  # squared, less the square of the row itself
    distances[np.arange(rows.size), rows] = np.inf
    last = np.partition(distances, most - 1, axis=1)[:, most - 1]
    distances -= slack * squares
    bound = last + slack * squares[rows] + slack * np.abs(last + squares[rows])
    candidates = distances <= bound[:, None]
    unsure = np.count_nonzero(candidates, axis=1) > _MOST_CANDIDATES
    for row in np.flatnonzero(unsure):
        equal = candidates[row] & (distances[row] >= last[row] - 3 * (bound[row] - last[row]))
        candidates[row, np.flatnonzero(equal)[most:]] = False
    near, columns = np.nonzero(candidates)
    order = np.lexsort((columns, _squared_distances(points, rows[near], columns), near))
    firsts = np.searchsorted(near, np.arange(rows.size))
    return columns[order][firsts[:, None] + np.arange(most)].astype(np.int32), unsure


def _squared_distances(points: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    found = np.empty(rows.size)
    step = max(1, _NUMBERS_PER_BLOCK // points.shape[1])
    for first in range(0, rows.size, step):
        part = slice(first, first + step)
        away = points[rows[part]].astype(np.float64)
        away -= points[columns[part]]
        found[part] = np.einsum("ij,ij->i", away, away)
    return found


def _approximate(features: Array, most: int) -> np.ndarray:
    faiss = _faiss()
    scale = _scale_of(features)
    n = features.shape[0]
    graphs = max(_LEAST_GRAPHS, -(-n // _ROWS_PER_GRAPH))
    bounds = [n * i // graphs for i in range(graphs + 1)]
    firsts = np.unique(np.linspace(0, n - 1, min(n, _SAMPLE)).astype(np.int64))
    sample = np.concatenate([scale.of(features, int(row), int(row) + 1) for row in firsts])
    threads = faiss.omp_get_max_threads()
    try:
        parts = list(itertools.pairwise(bounds))
        built = in_order(parts, partial(_graph, faiss, scale, features, sample))
        starts = range(0, n, _QUERIES)
        return np.concatenate(in_order(starts, partial(_search, faiss, scale, features, built, bounds, most)))
    finally:
        faiss.omp_set_num_threads(threads)


def _faiss() -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of types that its bindings make, in Python 3.12 and later
            import faiss
    except ModuleNotFoundError as missing:
        raise ImportError(
            f"features: neighbours among {_EXACT_LIMIT:,} rows or more need faiss: pip install 'labelaudit[features]'"
        ) from missing
    return faiss


def _graph(faiss: Any, scale: _Scale, features: Array, sample: np.ndarray, part: tuple[int, int]) -> Any:
    faiss.omp_set_num_threads(1)  # for the thread that this runs in
    graph = faiss.IndexHNSWSQ(features.shape[1], faiss.ScalarQuantizer.QT_8bit, _LINKS)
    quantizer = faiss.downcast_index(graph.storage).sq
    quantizer.rangestat, quantizer.rangestat_arg = faiss.ScalarQuantizer.RS_quantiles, _BEYOND_RANGE
    graph.hnsw.efConstruction, graph.hnsw.efSearch = _EFFORT_OF_BUILDING, _EFFORT_OF_SEARCH
    graph.train(sample)
    first, last = part
    step = max(1, _NUMBERS_PER_BLOCK // features.shape[1])
    for start in range(first, last, step):
        graph.add(scale.of(features, start, min(start + step, last)))
    return graph


def _search(
    faiss: Any, scale: _Scale, features: Array, graphs: list[Any], bounds: list[int], most: int, first: int
) -> np.ndarray:
    faiss.omp_set_num_threads(1)
    queries = scale.of(features, first, first + _QUERIES)
    answers = [graph.search(queries, most + 1) for graph in graphs]
    distances = np.hstack([distance for distance, _ in answers])
    rows = np.hstack([np.where(row < 0, -1, row + start) for (_, row), start in zip(answers, bounds, strict=False)])
    # the row itself, and what was not found, go to the end
    out = (rows == first + np.arange(rows.shape[0])[:, None]) | (rows < 0)
    distances[out], rows[out] = np.inf, -1
    order = np.lexsort((rows, distances), axis=1)[:, :most]
    return np.take_along_axis(rows, order, axis=1).astype(np.int32)
