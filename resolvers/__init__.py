"""Resolvers: the GraphQL API that answers a caller from the caller's own graph."""
