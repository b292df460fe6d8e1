"""What a model learns from: clips of drives, which part trains and tests, and the labels."""
