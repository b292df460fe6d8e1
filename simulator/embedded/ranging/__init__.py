"""What lidars and radars do: rays against the ground, bridges, cars, walkers and all that stands."""
