"""Sagas: steps and compensations only; they meet objects through ports."""
