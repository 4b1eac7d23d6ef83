"""The gateway at the plant; it comes with a later issue, nothing is here yet."""
