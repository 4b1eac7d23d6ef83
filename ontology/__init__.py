"""The food ontology: what a fact may be, declared once; everything else is derived from it."""
