# A module from GitHub or GitLab is read file by file. Cards, schemas and the package are read as
# files of one repository, so its commit is checked out first, from the clone that Snakemake keeps.
import tempfile
from pathlib import Path

from snakemake.sourcecache import HostingProviderFile


def checkout(hosted: HostingProviderFile) -> Path:
    """Check out the commit of a hosted file under .snakemake/, once."""
    clone = hosted.hosted_repo.repo
    commit = clone.commit(hosted.ref).hexsha
    folder = Path(".snakemake/checkouts").absolute() / commit
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=f"{commit}.", dir=folder.parent))
        clone.clone(part, no_checkout=True).git.checkout("--detach", commit)
        part.rename(folder)
    return folder
