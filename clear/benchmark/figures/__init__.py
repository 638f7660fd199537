"""Figures drawn from the tidy tables; no number is computed here."""
