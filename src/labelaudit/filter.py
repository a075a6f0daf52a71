"""The address of this name in cleanlab; it lives in :mod:`labelaudit.classification.filter`."""

from labelaudit.classification.filter import find_label_issues

__all__ = ["find_label_issues"]
