"""What is measured: a file a question in ``questions``, and in ``helpers`` what they share. ``make bench`` asks them all."""
