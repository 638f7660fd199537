"""Which files make up each sample of 10x Genomics, by their roles or names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from clear.benchmark.data.archives.archives import is_archive
from clear.benchmark.data.archives.containers import entries
from clear.benchmark.data.readers.tenx import label_samples
from clear.errors import ClearError

ROLES = ("matrix", "features", "barcodes")
# What comes before the kind of a file names its sample: GSM1_S1_matrix.mtx.gz.
KIND = re.compile(
    r"(.*?)[._-]?(?:(?:matrix)?\.mtx|(features|genes|barcodes)\.tsv)(?:\.gz)?", re.IGNORECASE
)


@dataclass
class SampleFiles:
    """Files of one sample.

    Attributes
    ----------
    parts
        By role the path of the file or of its archive, and the name inside that.
    described
        Name of the sample, and what the pattern takes from the matrix's name.
    """

    parts: dict[str, tuple[Path, str]] = field(default_factory=dict)
    described: tuple[str, dict[str, str | None]] = ("", {})


def find_samples(files: dict[str, list[Path]], pattern: str | None) -> list[SampleFiles]:
    """Group files by the sample that they belong to.

    Parameters
    ----------
    files
        ``matrix`` with archives, or ``matrix``, ``features`` and ``barcodes`` with plain files:
        one of each, whatever their names, or several, named as in an archive. A list of features
        that belongs to no matrix, as GEO has it for a series, is that of all samples.
    pattern
        Regular expression that is searched in the name of each matrix; samples without a match
        are left out.

    Returns
    -------
    list of SampleFiles
        In the order of the files.

    Raises
    ------
    ClearError
        There is none, a sample lacks a file, raw and filtered matrices are mixed, or two samples
        get one name.
    """
    shown = ", ".join(str(path) for role in ROLES for path in files.get(role, []))
    samples = {}
    for place, role, path, name in _places(files):
        parts = samples.setdefault(place, SampleFiles()).parts
        if role in parts:
            raise ClearError(
                f"{shown}: {parts[role][1]} and {name} are of one sample. Remove one of them."
            )
        parts[role] = path, name
    alone = [place for place, sample in samples.items() if list(sample.parts) == ["features"]]
    if len(alone) == 1 and len(samples) > 1:
        shared = samples.pop(alone[0]).parts
        for sample in samples.values():
            sample.parts = shared | sample.parts
    names = {}
    for place, sample in samples.items():
        missing = [role for role in ROLES if role not in sample.parts]
        if missing:
            there = ", ".join(name for _, name in sample.parts.values())
            raise ClearError(f"{shown}: there is no file of {missing[0]} that belongs to {there}.")
        path, name = sample.parts["matrix"]
        several = len(files["matrix"]) > 1 and path.name != name
        names[place] = f"{path.name}/{name}" if several else name
    chosen = [place for place, name in names.items() if not pattern or re.search(pattern, name)]
    if not chosen:
        raise ClearError(
            f"{shown}: no files named like matrix.mtx, features.tsv and barcodes.tsv are to be "
            "read. Correct `pattern` in the card's reader_options."
        )
    labels = label_samples(chosen, [names[place] for place in chosen], pattern, shown)
    for place, described in zip(chosen, labels, strict=True):
        samples[place].described = described
    return [samples[place] for place in chosen]


def _places(files: dict) -> Iterator[tuple[tuple[str, ...], str, Path, str]]:
    """Yield the place of each file's sample, its role, path and name."""
    single = all(len(files.get(role, [])) == 1 for role in ROLES)
    for role in ROLES:
        for path in files.get(role, []):
            if not is_archive(path):
                prefix = KIND.fullmatch(path.name)
                place = () if single else (prefix[1] if prefix else path.stem,)
                yield place, role, path, path.name
                continue
            archive = (path.name.split(".")[0],) if len(files[role]) > 1 else ()
            for name, _ in entries(path):
                file = PurePosixPath(name)
                kind = KIND.fullmatch(file.name)
                if kind:
                    place = (*archive, *file.parts[:-1], *filter(None, [kind[1]]))
                    of_kind = (kind[2] or "matrix").lower().replace("genes", "features")
                    yield place, of_kind, path, name
