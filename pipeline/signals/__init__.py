"""What readers of recorded drives do with time and signals, each by a stated rule."""
