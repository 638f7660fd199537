"""A case study whose data lack things: the workflow says what, and makes the rest."""

import anndata
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

MARKERS = {"T": ["CD3E", "CD3D", "IL7R"], "B": ["MS4A1", "CD79A"], "mono": ["CD14", "LYZ", "NOT1"]}
LISTS = {"ISG": ["ISG15", "IFIT1", "MX1"], "cytokines": ["IL1B", "ABSENT"]}
OTHERS = [f"OTHER{number}" for number in range(150)]
DONORS = {"h1": "healthy", "h2": "healthy", "h3": "healthy", "s1": "severe"}


@pytest.fixture
def blood(cards, add_dataset):
    """A dataset of four donors: one lacks B cells, and one is all that is severely ill."""
    rng = np.random.default_rng(0)
    marked = [gene for genes in MARKERS.values() for gene in genes if gene != "NOT1"]
    genes = [*marked, "ISG15", "IFIT1", "MX1", "IL1B", *OTHERS]
    donors = np.repeat(list(DONORS), 45)
    types = np.tile(np.repeat(list(MARKERS), 15), 4)
    types[(donors == "h3") & (types == "B")] = "T"
    means = np.full((len(types), len(genes)), 5.0)
    for kind, own in MARKERS.items():
        means[np.ix_(types == kind, np.isin(genes, own))] = 80
    counts = rng.poisson(means).astype(np.float32)
    names = [f"cell{number}" for number in range(len(types))]
    obs = pd.DataFrame({"type": types, "who": donors, "state": [DONORS[d] for d in donors]}, names)
    data = anndata.AnnData(sparse.csr_matrix(counts), obs=obs, var=pd.DataFrame(index=genes))
    data.write_h5ad(cards / "blood.h5ad")
    tables = (("markers", "type", MARKERS), ("lists", "list", LISTS))
    for file, first, content in tables:
        rows = [f"{name}\t{gene}\n" for name, genes in content.items() for gene in genes]
        (cards / f"{file}.tsv").write_text("".join([f"{first}\tgene\n", *rows]))
    (cards / "mouse.gmt").write_text("interferon\tx\tIsg15\tIfit1\tMx1\n")
    keys = {"donor": "who", "status": "state", "statuses": ["healthy", "severe"], "label": "type"}
    keys |= {"markers": "markers.tsv", "gene_lists": "lists.tsv", "focus": ["mono"]}
    add_dataset(cards, "blood", path="../blood.h5ad", tasks=["covid"], gmt="mouse.gmt", **keys)
    return cards


def test_what_is_missing_is_said_and_the_rest_is_made(tmp_path, blood, snakemake):
    study = tmp_path / "results/r/casestudy/blood/standard/pca"
    files = ["composition_tests", "contrasts", "score_tests", "gsea"]
    targets = [f"{study.relative_to(tmp_path)}/{name}.tsv" for name in files]
    targets += ["results/r/figures/fig5d.blood.standard.pca.png"]
    config = [f"extra_cards={blood}", "datasets=[blood]", "methods=[pca]", "seeds=[0]", "run=r"]
    output = snakemake(tmp_path, "--config", *config, "--", *targets, fails=True)

    def read(name: str) -> pd.DataFrame:
        return pd.read_csv(study / f"{name}.tsv", sep="\t", keep_default_na=False)

    # A GMT file in other symbols stops its step alone.
    assert "Error in rule casestudy_gsea" in output and output.count("Error in rule") == 1
    log = (tmp_path / "results/r/logs/casestudy/blood/standard/pca/gsea.log").read_text()
    assert "mouse.gmt" in log and "Isg15" in log and "those of the data like" in log
    assert not (study / "gsea.tsv").exists()

    # Markers, panels and lists do without the genes that are missing, and name them.
    assert set(read("types")["type"]) == set(MARKERS)
    assert "NOT1" in (study / "annotation.tsv").read_text()
    assert set(read("scores").query("list == 'cytokines'")["missing"]) == {"ABSENT"}
    panel = pd.read_csv(study.parent / "panel.tsv", sep="\t", nrows=1)
    assert "CD14" in panel and "CD4" not in panel
    assert (tmp_path / targets[-1]).stat().st_size > 10_000

    # A donor without a type has a share of 0.
    shares = read("composition").set_index(["donor", "type"])["share"]
    assert shares["h3", "B"] == 0 and shares["h1", "B"] == pytest.approx(1 / 3)

    # A status of one donor is compared by cells only.
    for name in ("composition_tests", "score_tests"):
        table = read(name)
        assert set(table["p"]) == {"NA"}, name
        assert table["reason"].str.fullmatch("no test: 1 donor (of|with the) status severe").all()
    assert read("contrasts")["reason"].str.contains("severe").all()
    assert (read("differential")["p_cells"] != "NA").any()
