"""Planted data and their audits, made once for all laws."""

import pytest

from laws.planted import PLANTED


@pytest.fixture(scope="session")
def cases():
    """Give the planted data of a task and their audit."""
    made = {}

    def case(task):
        if task not in made:
            planted = PLANTED[task]()
            made[task] = planted, planted.audit()
        return made[task]

    return case
