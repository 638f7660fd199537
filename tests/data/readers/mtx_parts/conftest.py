"""Matrices and lists as files, read in small blocks."""

import gzip

import pytest

from clear.benchmark.data.readers import mtx_blocks


@pytest.fixture
def write(tmp_path):
    """Write matrices and lists as files; return them by role, as a reader gets them."""

    def write(texts, cells, genes, zipped=False):
        lists = cells if isinstance(cells[0], list) else [cells]
        content = {
            "matrix": texts,
            "features": ["".join(f"{name}\n" for name in genes)],
            "barcodes": ["".join(f"{name}\n" for name in names) for names in lists],
        }
        files = {}
        for role, parts in content.items():
            for number, text in enumerate(parts):
                path = tmp_path / f"{role}{number}.{'gz' if zipped else 'txt'}"
                data = text.encode()
                path.write_bytes(gzip.compress(data) if zipped else data)
                files.setdefault(role, []).append(path)
        return files

    return write


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks of about 40 entries, and text in pieces of 100 bytes."""
    monkeypatch.setattr(mtx_blocks, "BLOCK", 40)
    monkeypatch.setattr(mtx_blocks, "CHUNK", 100)
