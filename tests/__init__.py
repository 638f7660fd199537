"""Tests, by the rooms of the package; helpers that files of a room share are imported from here."""
