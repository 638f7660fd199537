"""Write the reference pages: ``python -m clear.benchmark.docs``."""

from clear.benchmark.code_hash import ROOT
from clear.benchmark.docs.reference import pages
from clear.files.atomic import write_text

for name, text in pages().items():
    write_text(ROOT / name, text)
