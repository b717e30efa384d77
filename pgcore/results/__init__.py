"""Results: what a run came to, kept step by step, summed up and drawn."""
