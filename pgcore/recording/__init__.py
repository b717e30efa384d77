"""Recording: a run written to a folder, and the proof that it comes out the same when it is run again."""
