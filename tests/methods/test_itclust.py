"""ItClust: its distributions by hand, what trains what, and runs on easy cells."""

import copy

import anndata
import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import adjusted_rand_score

from clear.benchmark.methods.outputs import read_embedding


def test_assignments_and_their_sharpened_form_equal_the_loops(module):
    torch.manual_seed(0)
    network = module.Network(5, [4, 3])
    x = torch.randn(7, 5)
    labels = torch.tensor([0, 0, 1, 1, 2, 2, 2])
    network.set_centres(x, labels)
    z = network.encoder(x).detach().numpy()
    centres = np.array([z[labels == label].mean(axis=0) for label in range(3)])
    q = np.array([[1 / (1 + ((row - centre) ** 2).sum()) for centre in centres] for row in z])
    q /= q.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(network.assign(x).detach(), q, rtol=1e-5)
    p = np.array([[q[i, j] ** 2 / q[:, j].sum() for j in range(3)] for i in range(7)])
    p /= p.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(module.sharpened(torch.tensor(q)), p, rtol=1e-5)


@pytest.mark.parametrize(
    ("n_cells", "layers"), [(500, [16]), (501, [64]), (5000, [128]), (20_001, [128, 32])]
)
def test_the_source_decides_the_widths(module, n_cells, layers):
    assert module.widths(n_cells) == layers


def test_embedding_and_output_are_tanh_the_layers_between_rectified(module):
    network = module.Network(5, [4, 3])
    kinds = [
        [type(layer[1]).__name__ for layer in part] for part in (network.encoder, network.decoder)
    ]
    assert kinds == [["ReLU", "Tanh"], ["ReLU", "Tanh"]]
    assert network.decoder(network.encoder(torch.randn(2, 5))).shape == (2, 5)


def test_a_fit_ends_when_the_loss_gains_too_little(module):
    weight = torch.nn.Parameter(torch.tensor([8.0]))
    losses = []

    def loss(batch):
        losses.append(weight.square().mean())
        return losses[-1]

    made = module.descend(module.descent([weight], 0.1), loss, 10, 500, gain=1e-3)
    assert made == len(losses) < 500
    values = [value.item() for value in losses]
    best = min(values[: -module.PATIENCE])
    assert all(value > best - 1e-3 for value in values[-module.PATIENCE :])
    assert module.descend(module.descent([weight], 0.1), loss, 10, 50) == 50  # asks for no gain


def test_clusters_are_the_types_that_are_predicted(module):
    torch.manual_seed(0)
    network = module.Network(4, [3])
    x = torch.cat([torch.randn(30, 4) + 4, torch.randn(30, 4) - 4])
    network.set_centres(x, torch.arange(60) // 30)
    far = torch.full((1, 3), 50.0)  # a type that no cell of the target has
    network.centres = torch.nn.Parameter(torch.cat([network.centres[:1], far, network.centres[1:]]))
    _, labels = module.adapt(network, x)
    assert len(network.centres) == 2
    assert adjusted_rand_score(np.arange(60) // 30, labels) == 1


def test_the_rounds_on_the_target_are_one_descent(module, monkeypatch):
    monkeypatch.setattr(module, "MOST_ROUNDS", 2)
    monkeypatch.setattr(module, "SETTLED", -1)
    torch.manual_seed(0)
    network, x = module.Network(4, [3]), torch.randn(60, 4)
    network.set_centres(x, torch.arange(60) // 20)
    loop = copy.deepcopy(network)
    found, _ = module.adapt(network, x)
    loop.set_centres(x, torch.unique(loop.assign(x).argmax(dim=1), return_inverse=True)[1])
    parameters = [*loop.encoder.parameters(), loop.centres]
    optimiser = torch.optim.SGD(parameters, lr=0.01, momentum=0.9)
    for _ in range(2):
        p = module.sharpened(loop.assign(x)).detach()
        for _ in range(5):
            optimiser.zero_grad()
            (p * (p / loop.assign(x)).log()).sum(dim=1).mean().backward()
            optimiser.step()
    np.testing.assert_allclose(found, loop.encoder(x).detach(), atol=1e-6)


def test_easy_types_are_found_with_the_types_of_other_cells(run, script, prepare, tmp_path):
    source = prepare(n_per_type=60, seed=5)
    source.folder.rename(tmp_path / "source")
    cells = prepare(seed=6)
    labels = []
    for _ in range(2):
        result = run(
            script,
            settings={"pretrain_epochs": 50},
            told=["source"],
            source={"dataset": "other", "data": str(tmp_path / "source")},
            data=str(cells.folder),
            outputs=["embedding", "clusters_estimated_k"],
        )
        assert result.status["status"] == "ok", result.log
        table = pd.read_csv(result.folder / "clusters.tsv", sep="\t").set_index("cell")
        labels.append(table.loc[cells.cells, "cluster"])
    assert labels[0].equals(labels[1])
    assert adjusted_rand_score(cells.labels, labels[0]) > 0.9
    assert read_embedding(result.folder, pd.Index(cells.cells)).shape == (90, 16)


def test_without_common_genes_it_does_not_apply(run, script, prepare, tmp_path):
    source = prepare(genes=100)
    adata = anndata.read_h5ad(source.folder / "input.h5ad")
    adata.var_names = [f"ENSG{number}" for number in range(100)]
    adata.write_h5ad(source.folder / "input.h5ad")
    source.folder.rename(tmp_path / "source")
    cells = prepare()
    told = {"told": ["source"], "source": {"dataset": "other", "data": str(tmp_path / "source")}}
    result = run(script, data=str(cells.folder), **told)
    assert result.status["status"] == "not_applicable"
    assert "0 of its variable genes have a name that the source has too" in result.status["message"]
