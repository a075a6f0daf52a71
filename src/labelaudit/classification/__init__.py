"""Classification: one class label an item."""

from labelaudit.classification import rank

__all__ = ["rank"]
