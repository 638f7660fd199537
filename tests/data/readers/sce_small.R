# Makes sce_small.rds: 3 genes x 4 cells in the shape of a SingleCellExperiment of Bioconductor
# 3.18, with only the slots that hold data. Run as: Rscript sce_small.R (needs only Matrix).
library(Matrix)
setClass("DFrame", representation(rownames = "ANY", nrows = "integer", listData = "list"))
setClass("SimpleList", representation(listData = "list"))
setClass("SimpleAssays", representation(data = "ANY"))
setClass("IRanges", representation(NAMES = "ANY"))
setClass("GRanges", representation(ranges = "ANY", elementMetadata = "ANY"))
setClass("SingleCellExperiment",
         representation(rowRanges = "ANY", colData = "ANY", assays = "ANY", NAMES = "ANY"))
counts <- Matrix(c(5, 0, 2,  0, 1, 0,  3, 0, 0,  0, 0, 7), nrow = 3, sparse = TRUE)
frame <- new("DFrame",
             rownames = c("c1", "c2", "c3", "c4"), nrows = 4L,
             listData = list(label = factor(c("b", NA, "a", "a")), age = c(1L, NA, 3L, 4L),
                             nested = list(1, 2, 3, 4)))
rows <- new("DFrame", rownames = NULL, nrows = 3L,
            listData = list(feature_symbol = c("G1", "G2", "G2")))
assays <- list(counts = counts, logcounts = log1p(as.matrix(counts)), ranks = "not a matrix")
sce <- new("SingleCellExperiment",
           rowRanges = new("GRanges", ranges = new("IRanges", NAMES = c("g1", "g2", "g3")),
                           elementMetadata = rows),
           colData = frame, NAMES = NULL,
           assays = new("SimpleAssays", data = new("SimpleList", listData = assays)))
saveRDS(sce, "sce_small.rds", version = 2)
