"""FoodFlow OS, put together: the command line and the composition root."""


def main() -> None:
    """Run the command line."""
    from ontology import derive
    from ontology.kinds import KINDS

    print(f"FoodFlow OS: {len(KINDS)} kinds, {len(derive.constraints())} constraints. The commands come with the next commit.")
