"""A sample's files by their roles."""

import pytest

from tests.data.readers.tenx.samples import sample


@pytest.fixture
def files(tmp_path):
    """Write a sample's files and return them by their roles."""

    def files(**contents):
        found = {}
        for name, content in contents.items():
            role = {"genes": "features"}.get(name.split("_")[0], name.split("_")[0])
            path = tmp_path / name.replace("_", ".")
            path.write_bytes(content)
            found.setdefault(role, []).append(path)
        return found

    def written(parts=None, **changes):
        parts = {name.replace(".", "_"): text for name, text in (parts or sample()).items()}
        return files(**(parts | changes))

    return written
