"""Algorithms: plain functions over projections of the FoodGraph."""
