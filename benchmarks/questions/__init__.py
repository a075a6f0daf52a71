"""A file a question, each with ``main() -> bool``: it prints tables and returns whether every bar in them is held."""
