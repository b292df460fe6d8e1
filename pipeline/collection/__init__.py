"""The collect stage: rollouts become drives."""
