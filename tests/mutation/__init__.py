"""Mutation runs: one rule of the product is taken away at a time, and some test must turn red."""
