"""The traceability explorer: find a lot, see where it came from and where it went, and who else got it."""

from dashboards.explorer.page import PAGE

__all__ = ["PAGE"]
