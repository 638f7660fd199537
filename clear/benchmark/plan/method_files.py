"""A method's script and environment, which lie beside its card or ours."""

from pathlib import Path

from clear.benchmark.methods.environment import packages
from clear.benchmark.settings import CardError

SUFFIX = {"python": ".py", "R": ".R"}


def with_files(card: dict, root: Path) -> dict:
    """Return a card with the paths of its method's script and environment (``_script``, ``_env``).

    Raises
    ------
    CardError
        When there is no such script or environment, or its pins cannot be read.
    """
    name = f"{card.get('script', card['id'])}/run{SUFFIX[card['language']]}"
    beside = card["_file"].parent
    ours = root / "scripts/methods"
    scripts = [ours / name] if beside == root / "config/methods" else [beside / name, ours / name]
    script = next((path for path in scripts if path.exists()), None)
    if script is None:
        raise CardError(
            f"method '{card['id']}': its script {scripts[0]} does not exist; write it, or name "
            "the folder of another method's script with 'script'."
        )
    places = [card["_file"].parents[1] / "envs", root / "envs"]
    names = [place / f"{card['env']}.yaml" for place in places]
    env = next((name for name in names if name.exists()), None)
    if env is None:
        raise CardError(f"method '{card['id']}': env '{card['env']}': {names[-1]} does not exist.")
    packages(env)
    return card | {"_script": script, "_env": env}
