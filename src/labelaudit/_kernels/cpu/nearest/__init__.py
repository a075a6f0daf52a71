"""Mean distances to the nearest points in the plane: by brute force, and over a tree for more points than that."""

from labelaudit._kernels.cpu.nearest.exact import exact_mean_distances
from labelaudit._kernels.cpu.nearest.means import mean_distances
from labelaudit._kernels.cpu.nearest.tree import build_tree, groups_of

__all__ = ["build_tree", "exact_mean_distances", "groups_of", "mean_distances"]
