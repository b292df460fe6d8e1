"""One program per simulator that `benchmarks/simulators.py` compares; each runs with an interpreter of its own."""
