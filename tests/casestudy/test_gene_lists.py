"""Gene lists: what the declared file holds, what the data lack, and files that are wrong."""

from pathlib import Path

import pytest

from clear.benchmark.casestudy.gene_lists import lists_in, read_lists
from clear.benchmark.settings import CardError

COVID = Path(__file__).parents[2] / "config/gene_lists/covid.tsv"


def test_the_lists_of_figure_5():
    lists = read_lists(COVID)
    assert {name: len(genes) for name, genes in lists.items()} == {
        "cytokines": 5, "ISG": 97, "MHC I": 6, "MHC II": 15, "S100A8/A9": 2,
    }  # fmt: skip
    assert all(gene.startswith("HLA-D") for gene in lists["MHC II"])


def test_genes_that_the_data_lack_are_named(tmp_path):
    found = lists_in({"a": ["G1", "G2", "G3"]}, ["G3", "G1"], tmp_path)
    assert (found["a"].genes, found["a"].missing) == (["G1", "G3"], ["G2"])


def test_a_list_of_which_nothing_is_there_is_an_error_with_its_name(tmp_path):
    with pytest.raises(CardError, match=r"lists.tsv: the data have no gene of the list b \(X, Y\)"):
        lists_in({"a": ["G1"], "b": ["X", "Y"]}, ["G1"], tmp_path / "lists.tsv")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("set\tgene\na\tG\n", "have the columns list and gene, separated by a tab; found: set"),
        ("list\tgene\na\t\n", "has no list or no gene"),
        ("list\tgene\na\tG\na\tG\n", "G is in the list a twice"),
    ],
)
def test_files_that_are_wrong(tmp_path, text, message):
    path = tmp_path / "lists.tsv"
    path.write_text(text)
    with pytest.raises(CardError, match=message):
        read_lists(path)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(CardError, match="none.tsv: the gene lists cannot be read"):
        read_lists(tmp_path / "none.tsv")
