"""``python -m labelaudit`` is the command line."""

from labelaudit.cli import main

main()
