"""A recorded drive as a world: its pictures seen from another path."""
