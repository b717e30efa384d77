"""The simulated faults that come with the core."""
