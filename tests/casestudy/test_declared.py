"""Tables that a card of a case study names: read, and refused with the line that is wrong."""

import pytest

from clear.benchmark.casestudy.declared import check_tables, read_given_types, read_markers
from clear.benchmark.data.cohort_genes import MARKERS
from clear.benchmark.settings import CardError


def written(path, text):
    path.write_text(text)
    return path


def test_the_committed_table_names_the_types_of_the_cohort(repository):
    markers = read_markers(repository / "config/markers/pbmc.tsv")
    assert set(MARKERS) < set(markers) and len(markers) == 13
    assert all(len(genes) >= 5 for genes in markers.values())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("type\tname\nT\tCD3E\n", "columns type, gene is needed .*this one has type, name"),
        ("type\tgene\tsource\nT\tCD3E\tx\nB\tMS4A1\tx\n", "this one has type, gene, source"),
        ("", "columns type, gene is needed .*has none, and no row"),
        ("type\tgene\n\nT\tCD3E\tCD3D\nB\tMS4A1\n", "line 3: more fields than the columns"),
        ("type\tgene\nT\tCD3E\nB\t\n", "line 3: one of type, gene is empty"),
        ("type\tgene\nT\tCD3E\nB\tMS4A1\nT\tCD3E\n", "line 4: 'CD3E' is there twice for 'T'"),
        ("type\tgene\nT\tCD3E\n", "two types or more"),
        ("type\tgene\nT\tCD3E\nB\tMS4A1\nt\tCD3D\n", "line 4: 't' is 'T' further up"),
        ("type\tgene\nT\tA\nB\tC\nT\tD\nTh\tD\nTh\tA\n", "'T' and 'Th' have the same genes"),
        ("type\tgene\nunsure\tCD3E\nB\tMS4A1\n", "no type may be called 'unsure'"),
    ],
)
def test_bad_markers(tmp_path, text, message):
    with pytest.raises(CardError, match=message):
        read_markers(written(tmp_path / "m.tsv", text))


def test_rows_of_a_type_may_lie_apart_and_a_spreadsheet_may_mark_its_encoding(tmp_path):
    text = "\ufefftype\tgene\nT\tCD3E\nB\tMS4A1\nT\tCD3D\n"
    markers = read_markers(written(tmp_path / "m.tsv", text))
    assert markers == {"T": ["CD3E", "CD3D"], "B": ["MS4A1"]}


def test_a_table_that_is_not_there(tmp_path):
    card = {"_file": tmp_path / "datasets/mine.yaml", "markers": "none.tsv"}
    with pytest.raises(CardError, match=r"none.tsv cannot be read: .*No such file"):
        check_tables(card)


def test_given_types_are_by_method_and_a_cluster_has_one(tmp_path):
    text = "method\tcluster\ttype\npca\t0\tT\nclear\t0\tB\n"
    path = written(tmp_path / "t.tsv", text)
    assert read_given_types(path) == {"pca": {"0": "T"}, "clear": {"0": "B"}}
    with pytest.raises(CardError, match="line 4: cluster 0 of pca again"):
        read_given_types(written(path, text + "pca\t0\tB\n"))


def test_a_value_for_a_status_that_the_card_does_not_list(tmp_path):
    card = {"_file": tmp_path / "mine.yaml", "statuses": ["healthy", "ill"]}
    with pytest.raises(CardError, match=r"status_values.ARDS: .severe. is not one of"):
        check_tables(card | {"status_values": {"ARDS": "severe"}})


def test_a_type_to_look_at_that_the_marker_table_lacks(tmp_path):
    (tmp_path / "datasets").mkdir()
    written(tmp_path / "m.tsv", "type\tgene\nCD14 monocyte\tCD14\nB\tMS4A1\n")
    card = {"_file": tmp_path / "datasets/mine.yaml", "markers": "m.tsv"}
    check_tables(card | {"focus": ["CD14 monocyte"]})
    with pytest.raises(CardError, match=r"focus: 'CD14 monocytes' is no type.*CD14 monocyte"):
        check_tables(card | {"focus": ["CD14 monocytes"]})
