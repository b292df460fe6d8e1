"""The face: command line, experiment schema, the stages in order."""
