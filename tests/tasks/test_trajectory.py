"""The lines of Fig. 4 follow the cells, branch with them, and jump only where they lie apart."""

import numpy as np
import pytest

from clear.benchmark.tasks.trajectory import SQUARES, STEPS, trajectory

RNG = np.random.default_rng(0)
PLACE = np.linspace(0, 1, 400)
BRANCH = np.where(PLACE > 0.5, np.arange(400) % 2 * 2 - 1, 0)  # two of them after the middle
FORK = np.column_stack([PLACE, BRANCH * (PLACE - 0.5)]) + RNG.normal(0, 0.01, (400, 2))


def ends(lines):
    return lines[["from_umap1", "from_umap2"]].to_numpy(), lines[["umap1", "umap2"]].to_numpy()


def test_a_line_forks_with_the_lineage_and_never_crosses_between_branches():
    found = trajectory(PLACE, FORK)
    assert not found["jump"].any() and found.iloc[0][["from_umap1", "from_umap2"]].isna().all()
    start, end = ends(found.iloc[1:])
    for share in (0.25, 0.5, 0.75):
        on_the_way = start + share * (end - start)
        nearest = np.linalg.norm(on_the_way[:, None] - FORK, axis=2).min(axis=1)
        assert nearest.max() < 1 / SQUARES
    tips = found["umap2"][found["place"] > 0.9]
    assert tips.min() < -0.35 and tips.max() > 0.35
    leaving = found.iloc[1:].groupby(["from_umap1", "from_umap2"]).size()
    assert sorted(leaving)[-2:] == [1, 2]  # one fork


def test_points_are_means_of_the_cells_of_an_interval():
    """On a line that no group parts: two of fifteen equal steps each."""
    found = trajectory(PLACE, np.column_stack([PLACE, 0 * PLACE]))
    assert len(found) == STEPS
    for step, row in enumerate(found.itertuples()):
        inside = np.abs(PLACE - (step + 1) / 15) <= 1 / 15 + 1e-12
        assert (row.place, row.umap1) == pytest.approx((PLACE[inside].mean(),) * 2)


def test_an_island_is_reached_by_a_jump_from_the_nearest_point():
    points = FORK + np.where((PLACE > 0.5) & (BRANCH > 0), 5, 0)[:, None]
    found = trajectory(PLACE, points)
    (jump,) = found[found["jump"]].itertuples()
    assert jump.umap1 > 5 and jump.from_umap1 < 1
    on_island = found["umap1"] > 3
    assert (found["from_umap1"][on_island & ~found["jump"]] > 3).all()


def test_parts_at_the_start_hang_on_the_earliest_cell():
    points = np.column_stack([np.where(np.arange(400) % 2, 10, 0), PLACE])
    found = trajectory(PLACE, points)
    assert found.iloc[0]["umap1"] == 0
    (jump,) = found[found["jump"]].itertuples()
    assert (jump.from_umap1, jump.umap1) == (0, 10)


@pytest.mark.parametrize("place", [np.full(30, 0.5), np.repeat([0.25, 0.75], 15)])
def test_cells_that_share_places_and_one_point_of_the_plane(place):
    points = np.column_stack([place > 0.5, place > 0.5]).astype(float)
    found = trajectory(place, points)
    assert found[["umap1", "umap2"]].notna().all(axis=None)
    assert len(found.drop_duplicates(["umap1", "umap2"])) == len(set(place))


def test_a_few_stray_cells_are_no_branch():
    points = FORK.copy()
    points[::50] = [5, 5]
    assert not (trajectory(PLACE, points)["umap1"] > 3).any()


def test_cells_that_all_lie_apart_are_lines_all_the_same():
    """Of 90 cells an interval has 12, and none of these 12 is a tenth of them."""
    place = (np.arange(90) + 0.5) / 90
    points = np.column_stack([np.arange(90) % 12 // 4 * 4, np.arange(90) % 4 * 3]).astype(float)
    found = trajectory(place, points)
    assert set(found.loc[found["place"] < 2 / 15, "umap1"]) == {0, 4, 8}
