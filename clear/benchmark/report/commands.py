"""What it takes to repeat a number of a run: names and settings for a command of Snakemake."""

import json
import shlex

from clear.benchmark.code_hash import ROOT
from clear.benchmark.schemas import read_schemas
from clear.benchmark.settings import validate

CHOSEN = ("run", "datasets", "methods", "seeds", "recipes", "perturbations", "close_up")


def recompute(manifest: dict) -> dict:
    """Return what the script of the page makes commands of.

    Returns
    -------
    dict
        ``run``; ``settings``, those of the run that are not the defaults, as arguments of
        ``--config``; for each method ``asked``, what the setting ``methods`` has to say, and its
        ``seeds``.
    """
    config, cards = manifest["config"], manifest["methods"]
    generated = {arm["method"] for arm in manifest.get("ablation") or []}
    bases = {one["method"]: one["base"] for one in manifest.get("tuning") or []}
    written = [name for name in config.get("methods", cards) if name not in generated]
    return {
        "run": config["run"],
        "settings": _settings(config),
        "asked": [written if name in generated else [bases.get(name, name)] for name in cards],
        "seeds": [card.get("seeds", config["seeds"]) for card in cards.values()],
    }


def _settings(config: dict) -> str:
    least = {"run": "any", "datasets": ["any"], "methods": ["any"], "seeds": [0]}
    defaults = validate(least, read_schemas(ROOT)["config"], "config")
    changed = [
        f"{key}={value if isinstance(value, str) else json.dumps(value)}"
        for key, value in config.items()
        if key not in CHOSEN and value != defaults[key]
    ]
    return shlex.join(changed)
