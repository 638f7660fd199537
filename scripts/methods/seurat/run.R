# Seurat's standard clustering, as the authors of CLEAR ran it (seen to run: 4.3, 5.4, 5.5.1).
#
# LogNormalize, 2000 variable genes (vst), scaling, PCA, neighbours in the first 20 components,
# Louvain clusters at resolution 0.5. The number of clusters is Seurat's own; the embedding is the
# components that the neighbours were looked for in.
#
# One thing differs from the authors' script: their filter of cells and genes (min.cells 3,
# min.features 200) is off, because the benchmark has filtered already and every cell of the input
# has to come back.
#
# Assays differ between the versions (slots in 4, layers from 5 on): no matrix of the object is
# read here, only its components and clusters. Choices that decide the result are named even where
# they are the defaults, so that another version makes the same ones.
#
# Settings: nfeatures, dims, resolution, npcs, k_param.

source(Sys.getenv("CONTRACT_R"))
need("Seurat")

params <- read_params(list(nfeatures = 2000, dims = 20, resolution = 0.5, npcs = 50, k_param = 20))
settings <- params$settings
data <- read_input(params, "counts")
n_cells <- length(data$cells)
counts <- data$counts
rownames(counts) <- make.unique(gsub("[_|]", "-", data$genes)) # Seurat takes neither in genes
set.seed(params$seed)

# the layer is on the linear scale whatever was published, so that NormalizeData always applies
object <- CreateSeuratObject(counts, min.cells = 0, min.features = 0)
object <- NormalizeData(object,
  normalization.method = "LogNormalize", scale.factor = 1e4, verbose = FALSE
)
object <- FindVariableFeatures(object,
  selection.method = "vst", nfeatures = settings$nfeatures, verbose = FALSE
)
genes <- VariableFeatures(object)
object <- ScaleData(object, features = genes, scale.max = 10, verbose = FALSE)
npcs <- min(settings$npcs, n_cells - 1, length(genes) - 1)
object <- RunPCA(object,
  features = genes, npcs = npcs, weight.by.var = TRUE, approx = TRUE, seed.use = params$seed,
  verbose = FALSE
)
dims <- seq_len(min(settings$dims, npcs))
object <- FindNeighbors(object,
  reduction = "pca", dims = dims, k.param = min(settings$k_param, n_cells - 1),
  nn.method = "annoy", n.trees = 50, annoy.metric = "euclidean", prune.SNN = 1 / 15,
  verbose = FALSE
)
object <- FindClusters(object,
  resolution = settings$resolution, algorithm = 1, modularity.fxn = 1, n.start = 10, n.iter = 10,
  group.singletons = TRUE, random.seed = params$seed, verbose = FALSE
)

write_embedding(params, Embeddings(object, "pca")[data$cells, dims, drop = FALSE], data$cells)
write_clusters(params, Idents(object)[data$cells], data$cells, track = "estimated_k")
message(nlevels(Idents(object)), " clusters of ", n_cells, " cells")
