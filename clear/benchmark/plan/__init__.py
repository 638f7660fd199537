"""The plan of a run, and how it is made from a configuration."""

from clear.benchmark.plan.load import load_plan
from clear.benchmark.plan.plan import Plan

__all__ = ["Plan", "load_plan"]
