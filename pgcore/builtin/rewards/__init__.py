"""The rewards that come with the core."""
