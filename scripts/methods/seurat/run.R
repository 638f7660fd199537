# Seurat's standard clustering, as the authors of CLEAR ran it (Seurat 4 or 5).
#
# LogNormalize, 2000 variable genes (vst), scaling, PCA, neighbours in the first 20 components,
# Louvain clusters at resolution 0.5. The number of clusters is Seurat's own; the embedding is the
# components that the neighbours were looked for in.
#
# One thing differs from the authors' script: their filter of cells and genes (min.cells 3,
# min.features 200) is off, because the benchmark has filtered already and every cell of the input
# has to come back.
#
# Settings: nfeatures, dims, resolution, npcs, k_param.

source(Sys.getenv("CONTRACT_R"))
need("Seurat")

params <- read_params(list(nfeatures = 2000, dims = 20, resolution = 0.5, npcs = 50, k_param = 20))
settings <- params$settings
data <- read_input(params, "counts")
n_cells <- length(data$cells)
counts <- data$counts
rownames(counts) <- make.unique(gsub("_", "-", data$genes)) # Seurat takes no underscore in genes
set.seed(params$seed)

# the layer is on the linear scale whatever was published, so that NormalizeData always applies
object <- CreateSeuratObject(counts, min.cells = 0, min.features = 0)
object <- NormalizeData(object, verbose = FALSE)
object <- FindVariableFeatures(object,
  selection.method = "vst", nfeatures = settings$nfeatures, verbose = FALSE
)
object <- ScaleData(object, verbose = FALSE)
npcs <- min(settings$npcs, n_cells - 1, length(VariableFeatures(object)) - 1)
object <- RunPCA(object, npcs = npcs, seed.use = params$seed, verbose = FALSE)
dims <- seq_len(min(settings$dims, npcs))
object <- FindNeighbors(object,
  dims = dims, k.param = min(settings$k_param, n_cells - 1), verbose = FALSE
)
object <- FindClusters(object,
  resolution = settings$resolution, random.seed = params$seed, verbose = FALSE
)

write_embedding(params, Embeddings(object, "pca")[data$cells, dims, drop = FALSE], data$cells)
write_clusters(params, Idents(object)[data$cells], data$cells, track = "estimated_k")
message(nlevels(Idents(object)), " clusters of ", n_cells, " cells")
