"""Table S5: other strengths of the augmentations."""

from clear.benchmark.tables.variants import strengths, table

TABLE = table("s5", "Table S5: strengths of CLEAR's augmentations", strengths)
