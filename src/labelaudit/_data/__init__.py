"""The canonical containers: what checked input looks like. No checks, no scheduling."""
