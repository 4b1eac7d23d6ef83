"""Enrichers turn what was computed into findings in the graph; one a file (`enrichers.enricher` says what one is)."""
