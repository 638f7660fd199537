# Writes R files of every kind that the readers take, and what R says is in them.
# Run as: Rscript r_files.R <folder>
suppressMessages(library(Matrix))
setwd(commandArgs(TRUE))
truth <- function(x, name) {  # TRUE is 1
  x <- as.matrix(x)
  storage.mode(x) <- "double"
  write.table(format(x, digits = 17, trim = TRUE), paste0(name, ".tsv"), sep = "\t",
              quote = FALSE, col.names = NA)
}

# Matrices of every class.
names_of <- list(paste0("g", 1:5), paste0("c", 1:4))
dense <- matrix(c(0, 1.5, 0, 2, 1e-7, 0, 0, 0, 0, 0, 3, 0, 1/3, 0, 123456789, 0, 7, 0, 0, 9), 5,
                dimnames = names_of)
whole <- matrix(as.integer(round(dense)), 5, dimnames = names_of)
sparse <- as(dense, "CsparseMatrix")
twice <- new("dgTMatrix", i = c(0L, 0L, 4L), j = c(1L, 1L, 3L), x = c(1, 2.5, 4), Dim = c(5L, 4L),
             Dimnames = names_of)
matrices <- list(
  double = dense, integer = whole, logical = dense > 1, missing = replace(whole, 2, NA),
  undecided = replace(dense > 1, 3, NA),
  dgCMatrix = sparse, dgTMatrix = as(sparse, "TsparseMatrix"), repeated = twice,
  dgRMatrix = as(sparse, "RsparseMatrix"), lgCMatrix = sparse > 1,
  lgTMatrix = new("lgTMatrix", i = c(0L, 0L), j = c(1L, 1L), x = c(TRUE, TRUE), Dim = c(5L, 4L),
                  Dimnames = names_of),
  ngCMatrix = as(sparse, "nMatrix"), dgeMatrix = as(as(dense, "dMatrix"), "unpackedMatrix"),
  empty = as(dense * 0, "CsparseMatrix"))
for (name in names(matrices)) {
  saveRDS(matrices[[name]], paste0(name, ".rds"))
  truth(matrices[[name]], name)
}
saveRDS(forceSymmetric(crossprod(sparse)), "symmetric.rds")
saveRDS(matrix(1:1100000 * 7919L %% 1000L, 1100, dimnames = list(1:1100, 1:1000)) %% 1000L,
        "large.rds")

# Every compression, version and encoding of the same objects.
other <- "text"
for (version in 2:3) {
  for (how in c("none", "gzip", "bzip2", "xz")) {
    compress <- if (how == "none") FALSE else how
    saveRDS(dense, paste0("v", version, "_", how, ".rds"), version = version, compress = compress)
    save(other, dense, file = paste0("v", version, "_", how, ".rda"), version = version,
         compress = compress)
  }
  saveRDS(dense, paste0("v", version, "_ascii.rds"), version = version, ascii = TRUE)
  save(other, dense, file = paste0("v", version, "_ascii.rda"), version = version, ascii = TRUE)
}
native <- file("v3_native.rds", "wb")
invisible(serialize(dense, native, xdr = FALSE))
close(native)

# Vectors that R saves as recipes, and others that a column may be.
doubles <- c(0.1 + 0.2, 1e5, 123456, 1e15, 1e-5, 1e-4, 123456.7, NA, NaN, Inf, -Inf, 1/3, 100, 1e22,
             -2.5e-10, 1e-300, 2^53, 0)
vectors <- list(
  rising = 3:70, falling = 70:3, single = 5L, wrapped = sort(c(2.5, 1:100)),
  wrapped_text = .Internal(wrap_meta(rep(letters, each = 4), 1L, TRUE)),
  wrapped_factor = .Internal(wrap_meta(factor(rep(c("v", "w", "u"), each = 30)), 1L, TRUE)), of_rising = as.character(1:100),
  of_falling = as.character(20:1), of_integers = as.character(c(100000L, NA, -5L, 123456789L)),
  of_doubles = as.character(doubles), factor = factor(c("b", NA, "a", "b")),
  of_sequence = factor(rep(c("x", "y"), c(3, 2))), latin = iconv("Zelle \u00e4", "UTF-8", "latin1"),
  text = c("\u00e4", NA, ""), logical = c(TRUE, NA, FALSE))
levels(vectors$of_sequence) <- as.character(2:1)
saveRDS(vectors, "vectors.rds")
for (name in names(vectors)) {
  text <- as.character(vectors[[name]])
  text[is.na(text)] <- "<missing>"
  writeLines(enc2utf8(text), paste0(name, ".txt"), useBytes = TRUE)
}

# Code: a function and an active binding that would leave a trace.
trap <- new.env()
makeActiveBinding("bound", function() file.create("was_run"), trap)
saveRDS(list(run = function() file.create("was_run"), trap = trap, value = c(1, 2)), "code.rds")
unlink("was_run")

# Data frames.
cells <- data.frame(type = factor(c("t", "s", "s", "t")), age = c(1L, NA, 3L, 4L),
                    row.names = paste0("c", c(3, 1, 4, 2)))
frame <- as.data.frame(dense)
in_order <- data.frame(type = c("k", "l", "m", "n"))
annotated <- data.frame(gene = paste0("G", 5:1), chromosome = factor(c("X", "Y", "X", NA, "1")), dense,
                        row.names = NULL)
few <- cells[1:3, , drop = FALSE]
not_a_frame <- list(1, 2)
unnamed <- unname(dense)
mixed <- data.frame(a = 1:5)
mixed$b <- list(1, 2, 3, 4, 5)
save(dense, frame, cells, in_order, annotated, few, not_a_frame, unnamed, mixed, sparse,
     file = "frames.RData")
saveRDS(cells, "cells.table.rds")

# Lists of matrices per sample; genes differ between samples, one name occurs twice.
sample_of <- function(seed, genes, cells) {
  set.seed(seed)
  draw <- function(rate) Matrix(rpois(length(genes) * length(cells), rate), length(genes),
                                sparse = TRUE, dimnames = list(genes, cells))
  list(exon = draw(0.7), intron = draw(0.2))
}
samples <- list(
  GSM1_A_1_healthy = sample_of(1, c("TP53", "GAPDH", "TWICE", "TWICE"), c("AAAC", "AAAG", "AAAT")),
  GSM2_B_covid = sample_of(2, c("NEW", "TWICE", "TP53"), c("AAAC", "CCCC")),
  GSM3_C_covid = sample_of(3, c("GAPDH", "TWICE", "TWICE", "TWICE", "LAST"), c("AAAG", "GGGG")))
for (name in names(samples)) saveRDS(samples[[name]], paste0(name, "_cell.counts.matrices.rds"))
keys <- lapply(samples, function(s) make.unique(rownames(s$exon), sep = "#"))
union_of <- unique(unlist(keys))
joined <- do.call(cbind, lapply(names(samples), function(name) {
  exon <- as.matrix(samples[[name]]$exon)
  whole <- matrix(0, length(union_of), ncol(exon), dimnames = list(union_of, NULL))
  whole[keys[[name]], ] <- exon
  colnames(whole) <- paste0(name, "_", colnames(exon))
  whole
}))
truth(joined, "joined")

# Bioconductor's own objects.
if (requireNamespace("SingleCellExperiment", quietly = TRUE)) {
  suppressMessages(library(SingleCellExperiment))
  columns <- DataFrame(cell_type1 = factor(c("b", "a", NA, "b")), batch = Rle(c("x", "y"), c(3, 1)),
                       run = Rle(factor(c("r1", "r2")), c(1, 3)), number = Rle(c(2.5, 1), c(2, 2)),
                       passed = c(TRUE, FALSE, TRUE, TRUE), cluster = as.character(c(4, 3, 2, 1)),
                       row.names = names_of[[2]])
  columns$nested <- DataFrame(a = 1:4, b = 5:8)
  rows <- DataFrame(feature_symbol = c("TP53", "ACTB", NA, "CD4", "CD8A"),
                    ENSEMBL = paste0("ENSG0", 1:5), length = 1:5)
  sce <- SingleCellExperiment(list(counts = as(whole, "CsparseMatrix"), logcounts = log2(dense + 1),
                                   normcounts = as(sparse, "TsparseMatrix")),
                              colData = columns, rowData = rows)
  saveRDS(sce, "genuine.rds")
  ranged <- sce
  rowRanges(ranged) <- GRanges(rep("chr1", 5), IRanges(1:5, width = 1, names = names_of[[1]]),
                               mcols = rows)
  saveRDS(ranged, "genuine_ranges.rds")
  se <- SummarizedExperiment(list(counts = unname(whole)), colData = columns, rowData = rows)
  rownames(se) <- NULL
  save(other, se, file = "genuine_summarized.rda")
  for (name in assayNames(sce)) truth(assay(sce, name), paste0("genuine_", name))
  plain <- as.data.frame(lapply(columns[1:6], function(x) as.character(as.vector(x))))
  write.table(plain, "genuine_cells.tsv", sep = "\t", quote = FALSE, row.names = FALSE)
  phenotypes <- Biobase::AnnotatedDataFrame(data.frame(cell_type1 = factor(c("u", "v", "u", "v")),
                                                       row.names = names_of[[2]]))
  features <- Biobase::AnnotatedDataFrame(data.frame(symbol = letters[1:5],
                                                     row.names = names_of[[1]]))
  old <- Biobase::ExpressionSet(Biobase::assayDataNew(exprs = log2(dense + 1), counts = whole),
                                phenotypes, features)
  for (mode in c("lockedEnvironment", "list")) {
    Biobase::storageMode(old) <- mode
    saveRDS(old, paste0("genuine_", mode, ".rds"))
  }
}
