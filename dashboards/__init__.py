"""The pages people work with, in Dash: the traceability explorer and what stands beside it. They ask the GraphQL API like any other app."""
