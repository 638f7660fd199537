"""How figures are saved: embedded fonts, the same bytes every time, whole or not at all."""

import re
import struct
import zlib

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from clear.benchmark.figures import fig2a, style


def drawn(synthetic):
    manifest = synthetic.manifest()
    scores = synthetic.scores(manifest)
    return fig2a.draw(scores, synthetic.statistics(manifest, scores), manifest, "standard")


def save(folder, synthetic):
    style.save(drawn(synthetic), folder / "x.pdf", folder / "x.png")
    return (folder / "x.pdf").read_bytes(), (folder / "x.png").read_bytes()


def test_fonts_are_embedded_as_truetype(tmp_path, synthetic):
    pdf, _ = save(tmp_path, synthetic)
    assert b"/FontFile2" in pdf
    assert b"/Type3" not in pdf
    assert set(re.findall(rb"/FontName /(?:[A-Z]{6}\+)?(\S+)", pdf)) <= {
        b"DejaVuSans",
        b"DejaVuSans-Bold",
    }
    for reference in re.findall(rb"/FontFile2 (\d+) 0 R", pdf):
        body = pdf.split(b"\n" + reference + b" 0 obj", 1)[1].split(b"stream", 1)[1]
        font = zlib.decompressobj().decompress(body.lstrip(b"\r\n"))
        assert font[:4] in (b"\0\1\0\0", b"true")  # the mark of a TrueType font


def test_two_runs_give_the_same_bytes_whatever_the_users_settings(tmp_path, synthetic):
    first = save(tmp_path / "a", synthetic)
    with mpl.rc_context({"font.size": 20, "pdf.fonttype": 3, "axes.facecolor": "red"}):
        second = save(tmp_path / "b", synthetic)
    assert first == second
    assert b"/CreationDate" not in first[0]


def test_png_has_200_dpi(tmp_path):
    fig = Figure(figsize=(3, 2))
    style.save(fig, tmp_path / "x.pdf", tmp_path / "x.png")
    data = (tmp_path / "x.png").read_bytes()
    assert struct.unpack(">II", data[16:24]) == (600, 400)


def test_a_remark_stands_in_a_strip_below_and_changes_nothing_of_the_figure(tmp_path, synthetic):
    style.save(drawn(synthetic), tmp_path / "x.pdf", tmp_path / "x.png")
    style.save(drawn(synthetic), tmp_path / "y.pdf", tmp_path / "y.png", remark="Quick settings")
    without, remarked = (
        np.asarray(Image.open(tmp_path / f"{name}.png").convert("RGB")) for name in "xy"
    )
    height = len(without)
    assert remarked.shape == (height + 30, *without.shape[1:])
    np.testing.assert_array_equal(remarked[:height], without)
    strip = remarked[height:]
    assert (strip[[0, -1]] == 255).all() and (strip[:, -100:] == 255).all()
    rows, columns = np.nonzero((strip != 255).any(axis=2))
    assert np.ptp(rows) > 10 and np.ptp(columns) > 80


def test_nothing_is_left_when_saving_fails(tmp_path):
    class Broken(Figure):
        def savefig(self, path, format=None, **kwargs):
            super().savefig(path, format=format, **kwargs)
            if format == "png":
                raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        style.save(Broken(), tmp_path / "x.pdf", tmp_path / "x.png")
    assert list(tmp_path.iterdir()) == []


def test_drawing_does_not_change_the_users_settings(synthetic):
    before = dict(mpl.rcParams)
    drawn(synthetic)
    assert dict(mpl.rcParams) == before


def test_types_are_ordered_by_stage_or_by_name():
    stages = ["zygote", "2cell", "4cell", "blast"]
    ordered = style.type_order(["blast", "zygote", "2cell"], {"stages": stages})
    assert ordered == ["zygote", "2cell", "blast"]
    assert style.type_order(["t10", "T2", "b"], {"stages": None}) == ["b", "T2", "t10"]
    assert style.type_order(["1", "a"], {}) == ["1", "a"]
