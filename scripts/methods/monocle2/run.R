# Monocle 2 (Qiu et al. 2017): DDRTree of the highly variable genes, pseudotime along the tree.
#
# All values get the negative binomial family and Monocle's size factors and are log-transformed: with
# the Tobit family, which its vignette takes for FPKM, monocle 2.26 raises an error. The root is the state with most cells of
# the first stage, as its vignette finds it.
#
# Settings: max_components (dimensions of the tree).

source(Sys.getenv("CONTRACT_R"))
need("monocle")

# In R 4 a matrix has two classes, and monocle 2.26 compares them with one in an if.
project <- get("project2MST", envir = asNamespace("monocle"))
text <- sub('class(projection) != "matrix"', "!is.matrix(projection)", deparse(project), fixed = TRUE)
patched <- eval(parse(text = text))
environment(patched) <- asNamespace("monocle")
assignInNamespace("project2MST", patched, "monocle")

params <- read_params(list(max_components = 2))
data <- read_input(params, "counts")
set.seed(params$seed)
genes <- make.unique(data$genes)
counts <- data$counts
dimnames(counts) <- list(genes, data$cells)
cds <- newCellDataSet(counts,
  phenoData = new("AnnotatedDataFrame", data.frame(row.names = data$cells, root = data$root)),
  featureData = new("AnnotatedDataFrame", data.frame(row.names = genes, gene_short_name = genes)),
  expressionFamily = VGAM::negbinomial.size()
)
cds <- estimateSizeFactors(cds)
cds <- setOrderingFilter(cds, genes[data$highly_variable])
cds <- reduceDimension(cds,
  max_components = params$settings$max_components, reduction_method = "DDRTree",
  norm_method = "log", pseudo_expr = 1
)
cds <- orderCells(cds)
states <- table(pData(cds)$State, data$root)[, "TRUE"]
cds <- orderCells(cds, root_state = names(states)[which.max(states)])
write_pseudotime(params, as.numeric(pData(cds)$Pseudotime), data$cells)
message(nlevels(pData(cds)$State), " states of ", length(data$cells), " cells")
