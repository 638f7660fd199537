# Seurat's integration by anchors (Stuart et al., Cell 2019; Hao et al., Cell 2021).
#
# Each batch is normalised and its variable genes are found; anchors are mutual neighbours between
# batches in canonical correlations (cca) or in each other's principal components (rpca). Expression
# is corrected by them; the embedding is the principal components of what was corrected.
#
# The package asks for 30 dimensions and up to 200 neighbours in every batch. Where the smallest batch
# has fewer cells, the numbers are as large as that batch allows.
#
# Settings: reduction (cca or rpca), nfeatures, dims, k_anchor, k_filter, k_score, k_weight.

source(Sys.getenv("CONTRACT_R"))
need("Seurat")
options(Seurat.object.assay.version = "v3") # Seurat 5: anchors and corrected values as in version 4

params <- read_params(list(
  reduction = "cca", nfeatures = 2000, dims = 30, k_anchor = 5, k_filter = 200, k_score = 30,
  k_weight = 100
))
settings <- params$settings
data <- read_input(params, "counts")
sizes <- table(data$batch)
smallest <- min(sizes)
if (smallest < 20) {
  not_applicable(sprintf(
    "Seurat finds anchors among neighbours within each batch; the batch '%s' has %d cells, fewer than 20",
    names(sizes)[which.min(sizes)], smallest
  ))
}
counts <- data$counts
rownames(counts) <- make.unique(gsub("[_|]", "-", data$genes)) # Seurat takes neither in genes
set.seed(params$seed)

dims <- seq_len(min(settings$dims, smallest - 2, nrow(counts) - 2))
objects <- lapply(names(sizes), function(name) {
  object <- CreateSeuratObject(counts[, data$batch == name], min.cells = 0, min.features = 0)
  object <- NormalizeData(object, verbose = FALSE)
  FindVariableFeatures(object,
    selection.method = "vst", nfeatures = settings$nfeatures, verbose = FALSE
  )
})
genes <- SelectIntegrationFeatures(objects, nfeatures = settings$nfeatures, verbose = FALSE)
if (settings$reduction == "rpca") {
  objects <- lapply(objects, function(object) {
    object <- ScaleData(object, features = genes, verbose = FALSE)
    RunPCA(object,
      features = genes, npcs = length(dims), seed.use = params$seed, verbose = FALSE
    )
  })
}
anchors <- FindIntegrationAnchors(objects,
  anchor.features = genes, reduction = settings$reduction, dims = dims,
  k.anchor = settings$k_anchor, k.filter = min(settings$k_filter, smallest),
  k.score = min(settings$k_score, smallest - 1), verbose = FALSE
)
# the weights of a cell are those of the nearest anchored cells of its batch
found <- anchors@anchors
anchored <- sapply(seq_along(objects), function(i) {
  length(unique(found$cell1[found$dataset1 == i]))
})
# Seurat seeks them by Annoy, which among few anchored cells may give fewer than were asked for: the
# package then stops, and half as many are asked for.
integrate <- function(k_weight) {
  corrected <- function() {
    IntegrateData(anchors, dims = dims, k.weight = k_weight, verbose = FALSE)
  }
  tryCatch(corrected(), error = function(e) {
    if (!grepl("number of items to replace", conditionMessage(e), fixed = TRUE)) stop(e)
    fewer <- k_weight %/% 2
    if (fewer < 5) {
      not_applicable("Seurat's search for anchored neighbours gives too few in these batches")
    }
    message("too few anchored neighbours were found: k.weight ", fewer, " instead of ", k_weight)
    integrate(fewer)
  })
}
integrated <- integrate(min(settings$k_weight, anchored))
DefaultAssay(integrated) <- "integrated"
integrated <- ScaleData(integrated, verbose = FALSE)
npcs <- min(settings$dims, length(data$cells) - 1, length(genes) - 1)
integrated <- RunPCA(integrated, npcs = npcs, seed.use = params$seed, verbose = FALSE)
write_embedding(params, Embeddings(integrated, "pca")[data$cells, ], data$cells)
message(nrow(found) / 2, " anchors; ", min(anchored), " anchored cells in the batch with the fewest")
