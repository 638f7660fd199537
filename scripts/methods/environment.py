"""Build the environment of a method that cannot share the main one."""

from pathlib import Path

from clear.benchmark.logs import logged
from clear.benchmark.methods.environment import build
from clear.benchmark.step import take_step

env_file, out = Path(snakemake.params.file), Path(snakemake.output[0])


def make(folder: Path) -> None:
    """Fill the folder of this step."""
    build(env_file, out.parent, folder / "environment.json")


with logged(snakemake.log[0]) as screen:
    take_step("environment", out, make, screen=screen)
