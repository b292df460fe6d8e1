"""LeRobot data sets: where they keep what, and ours written as one."""
