"""Investigations: their cases, what is assumed, and what all of it leads to."""

from dashboards.investigations.page import PAGE

__all__ = ["PAGE"]
