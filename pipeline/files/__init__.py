"""Files of others, read within bounds: found, unpacked, opened, and never trusted."""
