"""Enrichers turn what was computed into new facts; the first come with a later issue, none is here yet."""
