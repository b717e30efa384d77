"""Agents: the actors that own devices, coordinate them and see their area; none of them knows a network, a solver or an environment."""
