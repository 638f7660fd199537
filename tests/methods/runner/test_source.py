"""A method that learns from another, labelled dataset."""

import json

import pytest

READS = """
    from contract import read_source

    source, types = read_source(params)
    print([len(source.cells), len(source.genes), sorted(set(types.tolist())), str(types[40])])
    print(sorted(os.listdir(params.output)))
    print(open(os.path.join(params.output, "params.json")).read())
"""


@pytest.fixture
def told(run, embeds, prepare, tmp_path):
    """Run a script that is told a source of four types; keyword arguments change the source."""
    source = prepare(n_per_type=20, types=4, genes=100, seed=7)
    source.folder.rename(tmp_path / "atlas_of_everything")
    target = prepare()

    def run_told(script=READS, **record):
        folder = tmp_path / "atlas_of_everything"
        if record:
            (folder / "status.json").write_text(json.dumps(record))
        return run(
            "    import os\n" + embeds + script,
            told=["source"],
            source={"dataset": "atlas_of_everything", "data": str(folder)},
            data=str(target.folder),
        )

    return run_told


def test_it_is_given_the_sources_cells_and_types_and_no_label_of_its_own(told):
    result = told()
    assert result.status["status"] == "ok", result.log
    assert result.status["told"] == {"source": "atlas_of_everything"}
    assert "[80, 100, ['type 0', 'type 1', 'type 2', 'type 3'], 'type 2']" in result.log
    assert "'source.h5ad', 'source_truth.tsv'" in result.log and "'truth.tsv'" not in result.log
    own_words = result.log.split("\n", 1)[1]  # after the command, which is not the method's
    assert "atlas_of_everything" not in own_words
    repeated = json.loads((result.folder / "params.json").read_text())
    assert (result.folder / repeated["source"]).resolve().name == "input.h5ad"
    assert (result.folder / repeated["source_truth"]).is_file() and "truth" not in repeated


def test_a_source_without_data_starts_nothing(told):
    result = told("raise SystemError", status="failed", step="fetch", message="no address answers")
    assert result.status["status"] == "no_data" and result.status["wall_s"] is None
    expected = "atlas_of_everything, which it learns from: fetch failed: no address answers"
    assert result.status["message"] == expected
