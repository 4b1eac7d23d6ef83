"""The FoodGraph: one graph per tenant, written through one door and journalled."""
