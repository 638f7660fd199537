"""The committed dataset cards are complete, and their patterns fit the names of the archives."""

import json
import re
from urllib.parse import urlsplit

import anndata as ad
import pytest

from clear.benchmark.cards import load_cards, read_yaml
from clear.benchmark.code_hash import ROOT
from clear.benchmark.data.alternatives import of_source, sources
from clear.benchmark.data.card_rules import with_source
from clear.benchmark.data.fetch.fetch import fetch
from clear.benchmark.data.read import read
from clear.benchmark.schemas import read_schemas

SCHEMA = read_schemas(ROOT)["dataset"]
CARDS = {
    name: with_source(card)
    for name, card in load_cards("datasets", [ROOT / "config"], SCHEMA).items()
}
PAPER = ["deng", "hrvatin", "kolodziejczyk", "muraro", "pollen", "yan"]
PAPER += [f"tms_{tissue}" for tissue in ("bladder", "diaphragm", "limb_muscle", "mammary_gland")]
BATCH = ["human_dc", *PAPER[6:]]
COVID = ["gse150728", "gse158055"]
GITHUB = {"github.com", "raw.githubusercontent.com", "media.githubusercontent.com"}


def group(name):
    return [card["id"] for card in CARDS.values() if card["group"] == name]


def parts(card):
    """The card as each of its sources has it."""
    return [of_source(card, name) for name in sources(card)]


def publisher(url):
    host = urlsplit(url).netloc
    return "github" if host in GITHUB else ".".join(host.split(".")[-2:])


def test_the_papers_thirteen_datasets_and_what_each_is_scored_for():
    assert sorted(group("paper")) == sorted({*PAPER, *BATCH, *COVID})
    assert len(group("paper")) == 13
    tasks = {task: [] for task in ("clustering", "batch", "pseudotime", "covid")}
    for name in group("paper"):
        for task in CARDS[name]["tasks"]:
            tasks[task].append(name)
    assert sorted(tasks["clustering"]) == sorted(PAPER)
    assert sorted(tasks["batch"]) == sorted({*BATCH, "kolodziejczyk"})  # which is an extra
    assert sorted(tasks["pseudotime"]) == ["deng", "yan"]
    assert sorted(tasks["covid"]) == sorted(COVID)


def test_every_committed_card_has_a_group_that_its_name_tells():
    assert not group("own")
    assert all(name.startswith("dev_") for name in group("dev"))
    assert not [name for name in CARDS if name.startswith("dev_") and name not in group("dev")]


def test_the_papers_run_has_no_stand_ins():
    """Stand-ins are never mixed into the tables of the paper."""
    datasets = read_yaml(ROOT / "config/config.yaml")["datasets"]
    assert {CARDS[name]["group"] for name in datasets} == {"paper"}
    assert set(datasets) >= set(PAPER)


@pytest.mark.parametrize("name", [*group("paper"), *group("candidate")])
def test_a_card_of_the_paper_says_where_its_data_come_from(name):
    card = CARDS[name]
    keys = ("citation", "doi", "organism", "protocol", "accession", "licence", "notes")
    assert not [key for key in keys if not card.get(key)]
    assert re.fullmatch(r"10\.\d{4,}/\S+", card["doi"])
    assert "read here" in card["notes"], "say which of the files were read, and which were not"


@pytest.mark.parametrize("name", [*group("paper"), *group("candidate")])
def test_a_dataset_has_two_publishers_or_says_why_not(name):
    card = CARDS[name]
    publishers = {
        publisher(url)
        for part in parts(card)
        for file in part["files"]
        for url in file["urls"]
        if file["role"] != "annotation"
    }
    assert len(publishers) > 1 or "The only source" in " ".join(card["notes"].split())


@pytest.mark.parametrize("name", sorted(CARDS))
def test_addresses_are_encrypted_and_names_of_files_differ(name):
    """Sources share one folder of downloads: the same name must be the same file."""
    files = [file for part in parts(CARDS[name]) for file in part.get("files") or []]
    for file in files:
        assert all(url.startswith("https://") for url in file["urls"])
        assert file["urls"] or CARDS[name]["group"] == "dev"
    for file in files:
        assert [file] == [other for other in files if other["name"] == file["name"]][:1]


@pytest.mark.parametrize("name", sorted(CARDS))
def test_numbers_of_a_card_agree_with_each_other(name):
    for part in parts(CARDS[name]):
        expected = part.get("expected") or {}
        sizes = expected.get("sizes")
        if sizes:
            assert sum(sizes.values()) == expected["cells"]
            assert len(sizes) == expected["types"]
        if part.get("stages") and sizes:
            assert set(part["stages"]) == set(sizes)


@pytest.mark.parametrize("name", group("dev"))
def test_stand_ins_are_the_files_of_the_mirror(name, shared_data, tmp_path):
    fetch(CARDS[name], tmp_path / "source", tmp_path / "downloads", mirror=shared_data)
    record = json.loads((tmp_path / "source/fetch.json").read_text())
    assert [file["verified"] for file in record["files"]] == ["card"]
    assert not record["canonical"]


def test_derived_cell_types_are_never_scored_for_clustering():
    assert CARDS["dev_combat_covid"]["tasks"] == ["covid"]


def test_a_batch_of_the_covid_stand_in_tells_donor_and_condition(shared_data, tmp_path):
    card = CARDS["dev_combat_covid"]
    fetch(card, tmp_path / "source", tmp_path / "downloads", mirror=shared_data)
    read(card, tmp_path / "source", tmp_path / "data.h5ad", tmp_path / "data.json")
    batches = ad.read_h5ad(tmp_path / "data.h5ad", backed="r").obs["batch"].cat.categories
    assert len(batches) == 6
    assert "H00049 / Healthy" in batches


# Patterns, on the names that the archives' files and cells have.


def derived(name, source, column, cell):
    rule = of_source(CARDS[name], source)["derive"][column]
    found = re.search(rule["pattern"], cell)
    return found and found[1]


def published(name, source, label):
    rule = of_source(CARDS[name], source)["label_rule"]
    if label in rule.get("drop", []):
        return None
    merged = {old: new for new, olds in rule.get("merge", {}).items() for old in olds}
    return merged.get(label, label)


def test_deng_takes_the_268_cells_of_geo_and_their_stages(shared_data):
    """Every cell of the selection, by its file's name; the sizes are those of the card."""
    source = of_source(CARDS["deng"], "geo")
    pattern = re.compile(source["reader_options"]["pattern"])
    obs = ad.read_h5ad(shared_data / "deng.h5ad", backed="r").obs
    stages = []
    for cell, gsm in obs["gsm"].items():
        found = pattern.search(f"{gsm}_{cell}_expression.txt.gz")
        assert found["cell"] == cell
        stages.append(published("deng", "geo", found["published"]))
    assert {s: stages.count(s) for s in set(stages)} == source["expected"]["sizes"]


@pytest.mark.parametrize(
    "name",
    [
        "GSM1112586_BXC_1ng_liver_RNA_0r_expression.txt.gz",
        "GSM1112602_C57twocell_22-2_expression.txt.gz",
        "GSM1278009_16cell_2pooled_split6a_expression.txt.gz",
        "GSM1278033_8cell_split3b_expression.txt.gz",
        "GSM1278041_fibroblast_19_BxC_expression.txt.gz",
    ],
)
def test_deng_leaves_the_controls_of_geo_out(name):
    pattern = of_source(CARDS["deng"], "geo")["reader_options"]["pattern"]
    assert not re.search(pattern, name)


def test_yan_makes_its_stages_from_the_names_of_the_supplement(shared_data):
    """The names as R has mangled them; as the table has them below."""
    cells = ad.read_h5ad(shared_data / "yan.h5ad", backed="r").obs["cell_type"]
    found = [
        published("yan", "supplement", derived("yan", "supplement", "published", cell))
        for cell in cells.index
    ]
    assert found == cells.tolist()


@pytest.mark.parametrize(
    ("name", "source", "column", "cell", "value"),
    [
        ("yan", "supplement", "published", "2-cell embryo#1 -Cell#1(RPKM)", "2"),
        ("yan", "supplement", "published", "Late blastocyst #3 -Cell#8(RPKM)", "Late"),
        ("yan", "supplement", "published", "hESC passage#0 Cell#1(RPKM)", "hESC"),
        ("pollen", "tpm_table", "published", "Hi_GW21.2_3", "GW21.2"),
        ("pollen", "tpm_table", "published", "Hi_GW21_1", "GW21"),
        ("pollen", "tpm_table", "published", "Hi_2338_1", "2338"),
        ("kolodziejczyk", "espresso", "culture", "ola_mES_a2i_3_96.counts", "a2i"),
        ("kolodziejczyk", "espresso", "culture", "ola_mES_2i_5_7.counts", "2i"),
        ("kolodziejczyk", "espresso", "culture", "ola_mES_lif_1_10.counts", "lif"),
        ("kolodziejczyk", "main", "run", "ola_mES_lif_2_38.counts", "2"),
        ("muraro", "geo", "donor", "D28-1_14", "D28"),
        ("muraro", "main", "donor", "D28.1_14", "D28"),
        ("tran_dataset6", "main", "experiment", "293t_AAACATACAGACTC", "293t"),
    ],
)
def test_derived_columns(name, source, column, cell, value):
    assert derived(name, source, column, cell) == value


@pytest.mark.parametrize(
    ("file", "sample"),
    [
        ("GSM4557327_555_1_cell.counts.matrices.rds.gz", "555_1"),
        ("GSM4557329_556_cell.counts.matrices.rds.gz", "556"),
        ("GSM4557334_HIP002_cell.counts.matrices.rds.gz", "HIP002"),
    ],
)
def test_samples_of_gse150728_are_told_by_the_files_and_found_in_the_table(file, sample):
    source = of_source(CARDS["gse150728"], "geo")
    assert re.search(source["reader_options"]["pattern"], file)["sample"] == sample
    match = source["annotations"][0]["match"]
    assert re.search(match, f"{sample}_ACGTACGTACGT")[1] == sample
    ours = sample if sample.startswith("HIP") else f"covid_{sample}"
    match = CARDS["gse150728"]["annotations"][0]["match"]
    assert re.search(match, f"{ours}.ACGTACGTACGT")[1] == ours


@pytest.mark.parametrize(
    ("name", "cell", "key"),
    [
        ("tran_dataset6", "b3_mixed_AAACATTGTAAGGA", "mixed_AAACATTGTAAGGA"),
        ("tran_dataset6", "jurkat_AAACCGTGACCACA-1", "jurkat_AAACCGTGACCACA-1"),
        ("tran_dataset10", "b1_W31107", "W31107"),
        ("tran_dataset10", "HSPC_013", "HSPC_013"),
        ("tran_dataset10", "b2_Prog_851", "Prog_851"),
    ],
)
def test_cells_of_the_batch_benchmark_are_found_in_its_tables(name, cell, key):
    for annotation in CARDS[name]["annotations"]:
        assert re.search(annotation["match"], cell)[1] == key


def test_studies_of_tran_dataset10_are_its_batches():
    pattern = CARDS["tran_dataset10"]["reader_options"]["pattern"]
    assert re.search(pattern, "b2_exprs.txt.gz").groupdict() == {"sample": "b2", "study": "b2"}
