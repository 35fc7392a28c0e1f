"""Faults on real servers in pods, and what each costs: see test/faults."""
