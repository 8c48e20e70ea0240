"""The commands that guard values and let tables out: vault, access, audit, export."""
