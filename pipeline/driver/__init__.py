"""A driver that learns: what each model promises, its eyes, its view of the road, its checkpoint, and at the wheel."""
