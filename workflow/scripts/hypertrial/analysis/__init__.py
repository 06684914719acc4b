"""Tables that answer what a reader of a study asks: is a difference real, was tuning worth it."""
