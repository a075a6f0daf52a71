"""Instance segmentation: masks with a class each."""
