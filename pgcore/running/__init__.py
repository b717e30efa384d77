"""Running: what commands do with an environment: act in it with a policy, time it, compare backends in it."""
