"""Neighbours across batches: the graph of a training that is told the batches.

Where a batch effect is larger than the differences between types, all nearest neighbours of a cell
are in its own batch, and no walk ever leaves it. Here neighbours are sought within the batch, and
mutual nearest neighbours between batches (Haghverdi et al. 2018) join the batches: cells of two
batches that are each among the other's nearest cells there. A type that only one batch has is
rarely a nearest neighbour of what is its own nearest there, so that few walks lead out of it.

For the search, genes are standardised within each batch. Where the batches differ in their shares
of types this moves types apart, and :func:`moved` moves each batch, as a whole, onto the mutual
neighbours of its cells. The encoder sees neither: expression comes to it as it is, so that it
embeds new cells without being told their batch. No labels are used.

Negatives come from all batches. Were they from the batch of the anchor only, nothing would keep
apart a type that only one batch has from a type that only another one has.
"""

import torch
from torch import Tensor

from clear.model.walks import SharedGraph, reversed_graph

# Mutual: each among so many nearest cells of the other's batch,
MUTUAL = 10
# and the two this similar, as a share of their similarity to as many cells of their own batches.
LEAST_SHARE = 0.8
ROUNDS = 10


def joined_graph(
    scores: Tensor, groups: tuple[Tensor, ...], batches: Tensor, neighbors: int
) -> SharedGraph:
    """Find each cell's neighbours within its batch and, in the other batches, the mutual ones.

    Parameters
    ----------
    scores
        Cells x components, rows of length 1.
    groups
        Rows of each group; neighbours are sought within the group.
    batches
        Batch of each cell, numbered from 0 (int64).
    neighbors
        Number of neighbours of either kind. Where there are fewer they are repeated; a cell
        without a mutual neighbour has those of its batch twice, and one that is alone in its batch
        has itself.

    Returns
    -------
    SharedGraph
        With ``2 * neighbors`` neighbours of each cell: first those of its batch.
    """
    nearest = torch.empty(len(scores), 2 * neighbors, dtype=torch.int64, device=scores.device)
    for rows in groups:
        similarity = scores[rows] @ scores[rows].T
        similarity.fill_diagonal_(-torch.inf)
        same = batches[rows, None] == batches[rows]
        inner = _best(similarity.where(same, -torch.inf), neighbors, _own(rows, neighbors))
        outer = _best(
            similarity.where(mutual(similarity, batches[rows]), -torch.inf), neighbors, inner
        )
        nearest[rows] = rows[torch.cat([inner, outer], dim=1)]
    return reversed_graph(nearest)


def mutual(similarity: Tensor, batches: Tensor) -> Tensor:
    """Return which pairs of cells are mutual nearest neighbours of two batches.

    Parameters
    ----------
    similarity
        Cells x cells.
    batches
        Batch of each cell, numbered from 0 (int64).

    Returns
    -------
    Tensor
        Cells x cells, bool, symmetrical: each is among the ``MUTUAL`` cells of its batch that are
        most similar to the other one, and their similarity is at least ``LEAST_SHARE`` of the mean
        of what each has to the last of so many nearest cells of its own batch. Else two types that
        one batch each has would be mutual neighbours, however unlike.
    """
    chosen = torch.zeros_like(similarity, dtype=torch.bool)
    own = similarity.new_zeros(len(batches))
    for batch in batches.unique():
        members = (batches == batch).nonzero().squeeze(1)
        best = similarity[:, members].topk(min(MUTUAL, len(members)), dim=1).indices
        chosen.scatter_(1, members[best], True)
        within = similarity[members[:, None], members].fill_diagonal_(-torch.inf)
        if len(members) > 1:
            nearest = min(MUTUAL, len(members) - 1)
            own[members] = within.topk(nearest, dim=1).values[:, -1]
    alike = similarity >= LEAST_SHARE * (own[:, None] + own) / 2
    return chosen & chosen.T & alike & (batches[:, None] != batches)


def moved(scores: Tensor, groups: tuple[Tensor, ...], batches: Tensor, searched: int) -> Tensor:
    """Move each batch onto the mutual nearest neighbours of its cells.

    ``ROUNDS`` times, mutual neighbours are sought (by cosine), and each batch moves by the mean
    difference between its cells and theirs, divided by the number of batches, since the others move
    too.

    Parameters
    ----------
    scores
        Cells x components, of expression that is standardised within batches.
    groups, batches
        As for :func:`joined_graph`.
    searched
        Number of components, the first ones, on which neighbours are sought; all are moved.

    Returns
    -------
    Tensor
        Cells x components.
    """
    number = int(batches.max()) + 1
    for _ in range(ROUNDS):
        shift, pairs = scores.new_zeros(number, scores.shape[1]), scores.new_zeros(number, 1)
        unit = torch.nn.functional.normalize(scores[:, :searched])
        for rows in groups:
            one, other = mutual(unit[rows] @ unit[rows].T, batches[rows]).nonzero().T
            add_rows(shift, batches[rows[one]], scores[rows[other]] - scores[rows[one]])
            pairs += torch.bincount(batches[rows[one]], minlength=number)[:, None]
        scores = scores + (shift / pairs.clamp_min(1) / number)[batches]
    return scores


def add_rows(sums: Tensor, of: Tensor, rows: Tensor, one_by_one: bool | None = None) -> None:
    """Add rows (number x dimensions) to the sums (batches x dimensions) of their batches, in place.

    ``of`` is the batch of each row (int64). ``one_by_one``, so on a GPU: one batch after the other,
    since ``index_add_`` adds there in an order that differs from run to run, and rounds with it.
    """
    if sums.is_cuda if one_by_one is None else one_by_one:
        for batch, total in enumerate(sums):
            total += rows[of == batch].sum(dim=0)
    else:
        sums.index_add_(0, of, rows)


def _own(rows: Tensor, neighbors: int) -> Tensor:
    return torch.arange(len(rows), device=rows.device)[:, None].expand(-1, neighbors)


def _best(similarity: Tensor, neighbors: int, otherwise: Tensor) -> Tensor:
    """Return the most similar cells of each row, repeated where there are fewer than asked for.

    Pairs of similarity -inf do not count; rows without any other have those of ``otherwise``.
    """
    at_most = min(neighbors, similarity.shape[1])
    values, best = similarity.topk(at_most, dim=1)
    found = (values > -torch.inf).sum(dim=1, keepdim=True)
    place = torch.arange(neighbors, device=best.device) % found.clamp_min(1)
    return best.gather(1, place).where(found > 0, otherwise)
