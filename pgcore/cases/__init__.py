"""What all backends that solve a network's neutral case share: checks, controls, injections, admittances and reading a Flow."""
