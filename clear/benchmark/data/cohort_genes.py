"""What is true of the simulated cohort: its types, their shares and markers, the genes that change.

The shares and changes are invented, in the direction that Wilk et al. 2020 and the paper report.
"""

import numpy as np
import pandas as pd

STATUSES = ("healthy", "moderate", "severe")

# Expected share of each type by status; what the depleted types lose the plasmablasts gain.
SHARES = {
    "CD4 T": (0.22, 0.22, 0.22),
    "CD8 T": (0.20, 0.20, 0.20),
    "NK": (0.14, 0.09, 0.05),
    "B": (0.10, 0.10, 0.10),
    "CD14 monocyte": (0.18, 0.18, 0.18),
    "CD16 monocyte": (0.07, 0.03, 0.02),
    "DC": (0.05, 0.02, 0.01),
    "plasmablast": (0.04, 0.16, 0.22),
}

# Genes that only these types express much, besides those of `SHARED`.
MARKERS = {
    "CD4 T": ("CD4", "IL7R", "CCR7", "LEF1", "TCF7", "MAL"),
    "CD8 T": ("CD8A", "CD8B", "GZMK", "GZMH", "CCL5"),
    "NK": ("NCAM1", "KLRF1", "KLRD1", "GNLY", "FCER1G", "SPON2"),
    "B": ("MS4A1", "CD79A", "CD19", "BANK1", "TCL1A", "IGHD"),
    "CD14 monocyte": ("CD14", "LYZ", "VCAN", "CSF3R", "FCN1"),
    "CD16 monocyte": ("FCGR3A", "MS4A7", "CDKN1C", "LST1", "RHOC"),
    "DC": ("FCER1A", "CLEC10A", "CD1C", "ENHO", "CLEC9A"),
    "plasmablast": ("MZB1", "JCHAIN", "XBP1", "IGHG1", "IGHG3", "IGHA1"),
}
# Genes that several types express.
SHARED = {
    "CD3D": ("CD4 T", "CD8 T"),
    "CD3E": ("CD4 T", "CD8 T"),
    "NKG7": ("CD8 T", "NK"),
    "PRF1": ("CD8 T", "NK"),
    "IGHM": ("B", "plasmablast"),
    "CST3": ("CD14 monocyte", "CD16 monocyte", "DC"),
    "AIF1": ("CD14 monocyte", "CD16 monocyte", "DC"),
}

# Sets of genes whose changes are known.
ISG = (
    "ISG15", "IFI6", "IFI27", "IFI44", "IFI44L", "IFIT1", "IFIT2", "IFIT3", "IFITM1", "IFITM2",
    "IFITM3", "MX1", "MX2", "OAS1", "OAS2", "OAS3", "OASL", "RSAD2", "XAF1", "LY6E", "STAT1",
    "IRF7", "EIF2AK2", "HERC6", "EPSTI1", "PARP9", "SAMD9L", "DDX60", "USP18", "BST2",
)  # fmt: skip
MHC_II = (
    "HLA-DRA", "HLA-DRB1", "HLA-DRB5", "HLA-DPA1", "HLA-DPB1", "HLA-DQA1", "HLA-DQB1", "HLA-DMA",
    "HLA-DMB",
)  # fmt: skip
MHC_I = ("HLA-A", "HLA-B", "HLA-C", "HLA-E", "HLA-F")
ALARMINS = ("S100A8", "S100A9", "S100A12")
CYTOKINES = ("TNF", "IL1B", "IL6", "IL10", "IL2")
MITOCHONDRIAL = ("MT-CO1", "MT-CO2", "MT-CO3", "MT-ND1", "MT-ND4", "MT-CYB", "MT-ATP6")
SETS = {
    "ISG": ISG,
    "MHC II": MHC_II,
    "MHC I": MHC_I,
    "S100A8/A9/A12": ALARMINS,
    "cytokines": CYTOKINES,
}

MONOCYTES = ("CD14 monocyte", "CD16 monocyte")
# Log2 fold change in monocytes against the healthy, before normalisation, by status.
CHANGES = {
    "ISG": (0, 2.0, 1.0),
    "MHC II": (0, -1.0, -1.5),
    "MHC I": (0, -0.5, -0.5),
    "S100A8/A9/A12": (0, 0, 1.0),
    "cytokines": (0, 0, 0),
}
# Of the sets, which types express the genes much.
EXPRESSED_BY = {
    "MHC II": (*MONOCYTES, "DC", "B"),
    "MHC I": tuple(SHARES),
    "S100A8/A9/A12": ("CD14 monocyte",),
}


def known_genes() -> list[str]:
    """Return every gene of which something is known, each once."""
    of_types = [gene for genes in MARKERS.values() for gene in genes]
    of_sets = [gene for genes in SETS.values() for gene in genes]
    return list(dict.fromkeys([*of_types, *SHARED, *of_sets, *MITOCHONDRIAL]))


def true_shares(strength: float = 1) -> pd.DataFrame:
    """Return the expected share of each type by status: columns type, status, share.

    ``strength`` multiplies the differences from the healthy.
    """
    shares = np.array(list(SHARES.values()))
    shares = shares[:, :1] + strength * (shares - shares[:, :1])
    table = pd.DataFrame(shares, index=list(SHARES), columns=list(STATUSES))
    return table.rename_axis("type").melt(
        var_name="status", value_name="share", ignore_index=False
    ).reset_index()  # fmt: skip


def true_changes(strength: float = 1) -> pd.DataFrame:
    """Return what changes in monocytes: columns gene, set, status, log2fc (against the healthy).

    Genes that are not in it do not change, nor does any gene in other types.
    """
    rows = [
        (gene, name, status, strength * change)
        for name, genes in SETS.items()
        for gene in genes
        for status, change in zip(STATUSES[1:], CHANGES[name][1:], strict=True)
    ]
    return pd.DataFrame(rows, columns=["gene", "set", "status", "log2fc"])
