"""How far a study's own scores can be believed: what selection adds to them, and chance."""
