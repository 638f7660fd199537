"""What each process of test_parallel.py does, and the test itself: train, and say what came out."""

import dataclasses
import sys
from pathlib import Path

import torch
import torch.distributed as dist

from clear.errors import ClearError
from clear.model.parallel import is_first
from clear.model.train import train
from clear.presets import PAPER, RECOMMENDED, RELEASED

SMALL = dataclasses.replace(
    PAPER, hidden_nodes=32, n_latent=8, batch_size=40, queue=100, learning_rate=1e-3, epochs=4
)
# 110 cells: two minibatches of 40, then one of 30, which two processes split and four do not.
PRESETS = {
    "paper": SMALL,
    "one direction": dataclasses.replace(SMALL, symmetrical_loss=False),
    "queue only": dataclasses.replace(SMALL, batch_negatives=False, symmetrical_loss=False),
    "odd last minibatch": dataclasses.replace(SMALL, batch_size=36, optimizer="sgd"),
}
REFUSED = {
    "recommended": (RECOMMENDED, 0),
    "released": (RELEASED, 0),
    "batch": (dataclasses.replace(SMALL, batch_size=41), 0),
    "seeds": (SMALL, 1),  # by rank
}


def cells(odd: bool = False) -> torch.Tensor:
    """Log-normalised expression of 110 or 109 cells and 60 genes."""
    drawn = torch.rand(109 if odd else 110, 60, generator=torch.Generator().manual_seed(1))
    return torch.log1p(5 * drawn)


def trainings() -> dict:
    """Return the history and weights of a training with each preset."""
    found = {}
    for name, preset in PRESETS.items():
        encoder, history, computed_by = train(cells("odd" in name), preset, 3, verbose=False)
        found[name] = history, encoder.state_dict(), computed_by
    return found


def refusals(rank: int) -> dict[str, str]:
    """Return the message of each training that several processes cannot do."""
    found = {}
    for name, (preset, by_rank) in REFUSED.items():
        try:
            train(cells(), preset, by_rank * rank, verbose=False)
        except ClearError as error:
            found[name] = str(error)
    return found


if __name__ == "__main__":
    dist.init_process_group("gloo")
    rank = dist.get_rank()
    result = {"trainings": trainings(), "refusals": refusals(rank), "first": is_first()}
    torch.save(result, Path(sys.argv[1]) / f"{rank}.pt")
    dist.destroy_process_group()
