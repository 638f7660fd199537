"""Where the files of datasets are looked for, and by what they are trusted."""

from dataclasses import dataclass, field
from pathlib import Path

from clear.benchmark.data.fetch.checksums import Checksums

MIN_SPEED = 10_000  # bytes per second


@dataclass(frozen=True)
class Places:
    """Folders, tables and limits of fetching.

    Attributes
    ----------
    downloads
        Folder of the downloaded originals, shared by all runs.
    mirror
        Folder that is looked into before the network.
    checksums
        Table of the checksums of first downloads.
    min_speed
        Bytes per second below which an address is given up.
    refused
        What reading said of files that it refused, by their SHA-256.
    """

    downloads: Path
    mirror: Path | None
    checksums: Checksums
    min_speed: float = MIN_SPEED
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def hosts(self) -> Path:
        """Folder of the lock files that limit the connections to a host."""
        return self.downloads / ".hosts"
