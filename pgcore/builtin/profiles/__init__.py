"""The profile sources that come with the core."""
