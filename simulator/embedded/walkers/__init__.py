"""Pedestrians: their blueprints, how they walk and fall, what they look like."""
