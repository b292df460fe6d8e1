"""A road, a car, a camera and a clock; knows nothing of learning."""
