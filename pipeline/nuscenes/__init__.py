"""nuScenes: its tables, and the messages of its cars' CAN bus."""
