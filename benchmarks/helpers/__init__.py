"""Clocks, tables, and the data that questions are asked of."""
