"""Pages for people; the traceability explorer comes with the next issue, nothing is here yet."""
