"""The losses' kernels compile for a GPU, which takes none: what only fails there would not show."""

import os
import subprocess
import sys

import pytest

# Sizes of the presets paper and recommended; shared memory is that of every GPU since Ampere.
SCRIPT = """
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from clear.fast import info_nce_cuda, measures_cuda, spectral_cuda

POINTERS = {"place": "*i64", "cells": "*i64", "positives": "*i64", "raw": "*bf16",
            "gradient": "*bf16", "temperature": "fp32", "chance": "fp32"}
NUMBERS = "rows half held parts others negatives kept capacity blocks".split()

def compiled(kernel, sizes, warps):
    types = {name: "i32" for name in NUMBERS} | POINTERS
    names = kernel.arg_names
    signature = {n: "constexpr" if n in sizes else types.get(n, "*fp32") for n in names}
    constants = {(names.index(n),): value for n, value in sizes.items()}
    source = ASTSource(fn=kernel, signature=signature, constexprs=constants)
    options = {"num_warps": warps, "num_stages": 2}
    found = triton.compile(source, target=GPUTarget("cuda", 90, 32), options=options)
    assert found.asm["cubin"]
    assert found.metadata.shared <= 99 * 1024, found.metadata.shared

paper = {"DIMENSIONS": 128, "WIDTH": 128, "ROWS": 16}
recommended = {"DIMENSIONS": 30, "WIDTH": 32, "ROWS": 16}
compiled(measures_cuda._finish, paper, 4)
compiled(info_nce_cuda._keys, paper | {"IN_BATCH": True}, 4)
kind = {"IN_BATCH": True, "LAST_RELU": True, "KIND": measures_cuda.ROUNDED.value}
compiled(info_nce_cuda._anchors, paper | kind | {"COLUMNS": 64}, 8)
kind = {"FIXED": True, "IN_BATCH": True, "LAST_RELU": False, "COLUMNS": 32}
compiled(spectral_cuda._anchors, recommended | kind, 4)
"""


def test_kernels_of_the_losses_compile_and_fit_into_shared_memory():
    pytest.importorskip("triton", reason="Triton is not installed")
    environment = {k: v for k, v in os.environ.items() if k != "TRITON_INTERPRET"}
    subprocess.run([sys.executable, "-c", SCRIPT], check=True, env=environment)
