"""The liquid core: wirings and cells; depends on nothing else here."""
