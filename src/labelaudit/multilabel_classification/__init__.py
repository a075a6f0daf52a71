"""Multi-label classification: any number of classes an item."""
