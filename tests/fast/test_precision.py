"""Which precision is chosen, and that it is written down wherever a result is."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from clear import CLEAR
from clear.errors import ClearError
from clear.fast.precision import choose_precision, input_type, products
from clear.presets import PAPER

CPU = torch.device("cpu")
SMALL = dataclasses.replace(PAPER, hidden_nodes=16, n_latent=8, learning_rate=1e-3, epochs=2)


@pytest.mark.skipif(not Path("/proc/cpuinfo").exists(), reason="no list of features to compare to")
def test_auto_is_bfloat16_where_the_processor_lists_it():
    flags = Path("/proc/cpuinfo").read_text().split()
    expected = "bf16" if {"avx512_bf16", "amx_bf16"} & set(flags) else "fp32"
    assert choose_precision("auto", CPU) == expected


def test_what_was_asked_for_is_chosen():
    assert choose_precision("fp32", CPU) == "fp32"
    assert choose_precision("bf16", CPU) == "bf16"


def test_bfloat16_that_is_wrong_is_not_used(monkeypatch):
    # A processor whose products in bfloat16 are off by a tenth.
    product = torch.Tensor.__matmul__
    wrong = 1.1

    def broken(left, right):
        return product(left, right) * (wrong if left.dtype == torch.bfloat16 else 1)

    monkeypatch.setattr(torch.Tensor, "__matmul__", broken)
    assert choose_precision("auto", CPU) == "fp32"
    with pytest.raises(ClearError, match="relative error 0.1.*use precision='fp32'"):
        choose_precision("bf16", CPU)


@pytest.mark.parametrize("precision", ["double", "BF16", None, 16])
def test_other_values_are_refused(adata, precision):
    with pytest.raises(ClearError, match="precision must be auto, fp32 or bf16, not"):
        CLEAR(SMALL, precision=precision).fit(adata)


def test_products_round_only_where_asked():
    left, right = torch.rand(2, 8, 8)
    with products("fp32", CPU):
        assert torch.equal(left @ right, torch.mm(left, right))
        assert (left @ right).dtype == input_type("fp32") == torch.float32
    with products("bf16", CPU):
        assert (left @ right).dtype == input_type("bf16") == torch.bfloat16


def test_precision_is_in_the_record_and_in_the_model(adata, tmp_path):
    model = CLEAR(SMALL, device="cpu", precision="bf16")
    embedding = model.fit_transform(adata)
    assert adata.uns["clear"]["precision"] == model.precision_ == "bf16"
    assert next(model.encoder_.parameters()).dtype == torch.float32
    model.save(tmp_path / "model")
    back = CLEAR.load(tmp_path / "model", device="cpu")
    assert back.precision_ == "bf16"
    assert np.array_equal(back.transform(adata), embedding)
    exact = CLEAR(SMALL, device="cpu", precision="fp32").fit_transform(adata)
    assert not np.array_equal(exact, embedding)
    assert np.allclose(exact, embedding, atol=0.05)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_checkpoint_goes_on_in_its_own_precision_only(adata, tmp_path, precision):
    other = {"fp32": "bf16", "bf16": "fp32"}[precision]
    CLEAR(SMALL, precision=precision).fit(adata, checkpoint=tmp_path / "state")
    with pytest.raises(ClearError, match=f"precision '{other}' instead of '{precision}'"):
        CLEAR(SMALL, precision=other).fit(adata, checkpoint=tmp_path / "state", resume=True)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_number_of_threads_does_not_change_a_bit(adata, precision):
    before = torch.get_num_threads()
    found = []
    for threads in (1, 2):
        torch.set_num_threads(threads)
        found.append(CLEAR(SMALL, device="cpu", precision=precision).fit_transform(adata))
    torch.set_num_threads(before)
    assert np.array_equal(*found)
