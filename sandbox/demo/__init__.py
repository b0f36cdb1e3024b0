"""Bamboo on one machine: the real bot, a simulated Discord, a simulated store."""
