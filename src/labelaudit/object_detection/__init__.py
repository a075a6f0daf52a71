"""Object detection: boxes with a class each."""

from labelaudit._checks.boxes import Boxes, Detections

__all__ = ["Boxes", "Detections"]
