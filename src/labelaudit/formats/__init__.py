"""Files in, plain labels and predictions out, and back."""
