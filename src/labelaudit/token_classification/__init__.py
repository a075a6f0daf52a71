"""Token classification: one class label a token of a sentence."""
