"""Object detection: boxes with a class each."""

from labelaudit._data.boxes import Boxes, Detections

__all__ = ["Boxes", "Detections"]
