"""What is true of the simulated atlas: its types, their shares and the genes that they express.

The shares are invented. Names and genes follow Ren et al. 2021, whose cells are of blood and lung.
"""

# Expected share of each type.
SHARES = {
    "naive CD4 T": 0.12,
    "memory CD4 T": 0.12,
    "CD8 T": 0.13,
    "proliferating T": 0.02,
    "NK": 0.11,
    "naive B": 0.07,
    "memory B": 0.04,
    "plasma": 0.05,
    "VCAN CD14 monocyte": 0.12,
    "CCL3 CD14 monocyte": 0.06,
    "CD16 monocyte": 0.04,
    "macrophage": 0.03,
    "DC": 0.02,
    "pDC": 0.01,
    "neutrophil": 0.03,
    "megakaryocyte": 0.015,
    "mast": 0.005,
    "epithelial": 0.01,
}

# Genes that only this type expresses much, besides those of `GROUPS`.
MARKERS = {
    "naive CD4 T": ("CCR7", "LEF1", "TCF7"),
    "memory CD4 T": ("AQP3", "TNFRSF4", "IL2RA"),
    "CD8 T": ("CD8A", "CD8B", "GZMK"),
    "proliferating T": ("MKI67", "TOP2A", "TYMS"),
    "NK": ("KLRF1", "NCAM1", "SPON2"),
    "naive B": ("TCL1A", "IGHD", "FCER2"),
    "memory B": ("AIM2", "TNFRSF13B", "COCH"),
    "plasma": ("MZB1", "JCHAIN", "IGHG1"),
    "VCAN CD14 monocyte": ("VCAN", "S100A12", "PLBD1"),
    "CCL3 CD14 monocyte": ("CCL3", "CCL4", "IL1B"),
    "CD16 monocyte": ("FCGR3A", "CDKN1C", "MS4A7"),
    "macrophage": ("C1QA", "C1QB", "APOE"),
    "DC": ("FCER1A", "CLEC10A", "CD1C"),
    "pDC": ("LILRA4", "CLEC4C", "IL3RA"),
    "neutrophil": ("FCGR3B", "CXCR2", "CMTM2"),
    "megakaryocyte": ("PPBP", "PF4", "TUBB1"),
    "mast": ("TPSAB1", "CPA3", "MS4A2"),
    "epithelial": ("KRT18", "KRT19", "EPCAM"),
}

CD4 = ("naive CD4 T", "memory CD4 T")
T = (*CD4, "CD8 T", "proliferating T")
CD14 = ("VCAN CD14 monocyte", "CCL3 CD14 monocyte")
MONOCYTES = (*CD14, "CD16 monocyte")
MYELOID = (*MONOCYTES, "macrophage", "DC")
# Genes that all types of a group express, within larger groups in their turn.
GROUPS = {
    T: ("CD3D", "CD3E"),
    CD4: ("CD4", "IL7R"),
    ("CD8 T", "NK"): ("NKG7", "PRF1"),
    ("naive B", "memory B"): ("MS4A1", "CD19"),
    ("naive B", "memory B", "plasma"): ("CD79A", "IGKC"),
    MYELOID: ("CST3", "AIF1"),
    MONOCYTES: ("FCN1", "LST1"),
    CD14: ("CD14", "LYZ"),
}


def expressed() -> dict[str, tuple[str, ...]]:
    """Return the types that express each gene of which something is known."""
    own = {gene: (kind,) for kind, genes in MARKERS.items() for gene in genes}
    return own | {gene: kinds for kinds, genes in GROUPS.items() for gene in genes}
