"""Where the log odds of labels are counted, and how each is shared out among the values nearest to it.

The sum of 1 / (1 + e^-(x + shift)) over millions of x is wanted for one shift after another. A polynomial through eight
neighbouring nodes is that function to 2e-10, whatever the shift, for in the complex plane it is smooth as far as pi. So
each x is replaced by eight weights on the nodes around it, which sum to 1, and a few hundred weighted nodes stand for
all.
"""

import math

import numpy as np

# Probabilities this small are not told apart: a network's tail says little about which class is meant.
FLOOR = 1e-3

PER_UNIT = 8

# of the nodes from three before to four after
AROUND = range(-3, 5)

# ln of the greatest odds of (p + FLOOR)^4 is 27.6; the nodes around them are within the range too
HALF_RANGE = 29
assert 4 * math.log((1 + FLOOR) / FLOOR) < HALF_RANGE - len(AROUND) / PER_UNIT  # noqa: S101

NODES: np.ndarray = np.arange(-HALF_RANGE * PER_UNIT, HALF_RANGE * PER_UNIT + 1) / PER_UNIT


def _polynomials() -> np.ndarray:
    others = {node: [other for other in AROUND if other != node] for node in AROUND}
    columns = [np.poly(roots)[::-1] / math.prod(node - root for root in roots) for node, roots in others.items()]
    return np.column_stack(columns)


# Lagrange's polynomials, a column a node: row d is the coefficient of t^d, where t, from 0 to 1, is the distance of x
# from the node before it
POLYNOMIALS: np.ndarray = _polynomials()
