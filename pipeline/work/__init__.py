"""Units of work: jobs that plan them, processes that run them, artifacts that say what made them, whole files."""
