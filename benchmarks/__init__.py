"""One file a question; ``make bench`` asks them all. Figures are ratios measured in one run."""
