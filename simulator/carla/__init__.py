"""The World on the official carla client, of a real server or the embedded one."""
