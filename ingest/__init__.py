"""Connectors: outside systems and files that tell facts."""
