"""The rows of the suite, one module each: what is compared, what shows that both sides do the same work, and the figures."""
