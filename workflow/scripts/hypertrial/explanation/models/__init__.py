"""One module for each family that has an explanation of its own, named like the family."""
