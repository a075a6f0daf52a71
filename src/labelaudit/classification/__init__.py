"""Classification: one class label an item."""
