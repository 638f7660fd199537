"""Table S6: other values of the settings that are no augmentation's."""

from clear.benchmark.tables.variants import strengths, table

TABLE = table(
    "s6",
    "Table S6: CLEAR's temperature, momentum, queue, dimension and other settings",
    lambda ablation: ablation["design"].eq("value") & ~strengths(ablation),
)
