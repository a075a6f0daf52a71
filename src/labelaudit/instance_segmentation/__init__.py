"""Instance segmentation: masks with a class each."""

from labelaudit._data.masks import Masks, PredictedMasks, Runs

__all__ = ["Masks", "PredictedMasks", "Runs"]
