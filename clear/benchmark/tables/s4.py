"""Table S4: each augmentation removed, and each alone."""

from clear.benchmark.tables.variants import table

TABLE = table(
    "s4",
    "Table S4: CLEAR's augmentations removed and alone",
    lambda ablation: ablation["design"].isin(("without", "alone")),
)
