"""The benchmark suite: every number of ``docs/benchmarks.md``, each row measured in a process of its own."""
