# All that a method script of R needs: read the input, write the outputs.
#
# A complete method:
#
#   source(Sys.getenv("CONTRACT_R"))
#   params <- read_params(list(dims = 10))  # the settings it knows, with their defaults
#   data <- read_input(params)
#   X <- as.matrix(data$X[data$highly_variable, ])  # genes x cells, log-normalised
#   pca <- prcomp(t(X), rank. = params$settings$dims)
#   write_embedding(params, pca$x, data$cells)
#
# Needs rhdf5, Matrix and jsonlite. A script prints what it likes (it goes to output.log), stops
# when it fails, and calls not_applicable() when the method cannot serve this dataset at all. It
# works in a folder of its own, which is emptied of everything but the outputs afterwards.

# Load packages; where one is missing the run ends as `not_installed` and says which.
need <- function(...) {
  for (package in c(...)) {
    if (!requireNamespace(package, quietly = TRUE)) {
      .leave(98L, sprintf("the R package '%s' is not installed", package))
    }
    suppressPackageStartupMessages(library(package, character.only = TRUE))
  }
}

# End the run as `not_applicable`: the method cannot serve such a dataset. `reason` is one sentence.
not_applicable <- function(reason) {
  .leave(99L, reason)
}

# What this run is asked to do, from PARAMS_JSON of the command line: a list with
#   input, output      path of input.h5ad; folder to write into
#   method, seed
#   settings           list, from the method's card; `defaults` fills in what the card leaves out,
#                      and a setting that is not among them is an error
#   threads, device    number of threads; "cpu", "cuda" or "auto"
#   n_clusters, batch, labels_of_one_batch, root, truth   what the method is told; NULL if its card
#                      does not ask
read_params <- function(defaults = NULL) {
  path <- .params_file()
  params <- jsonlite::fromJSON(path)
  params$output <- dirname(path)
  params$input <- file.path(params$output, params$input)
  if (!is.null(params[["truth"]])) params$truth <- file.path(params$output, params$truth)
  params$settings <- as.list(params$settings)
  if (!is.null(defaults)) {
    unknown <- setdiff(names(params$settings), names(defaults))
    if (length(unknown)) {
      stop(sprintf(
        "the method %s has no setting '%s'; it knows: %s",
        params$method, unknown[[1]], paste(sort(names(defaults)), collapse = ", ")
      ), call. = FALSE)
    }
    params$settings <- utils::modifyList(defaults, params$settings, keep.null = TRUE)
  }
  params
}

# The prepared cells of this run: a list with
#   cells, genes       names; those of the cells are anonymous and are handed back with the outputs
#   X, counts          dgCMatrix, genes x cells: log-normalised, or what scale says; linear scale
#                      (raw counts wherever they were published)
#   highly_variable    logical, one per gene
#   unit               what was published: counts, rpkm, fpkm, tpm, normalised, log1p or log2p1
#   scale              what X holds: log1p (log-normalised); z-scores of its genes; or released, what
#                      the public code of CLEAR makes (no logarithm after normalising)
#   batch              character, one per cell, if the method is told the batch; NULL otherwise
#   labels_of_one_batch   character: the types of the cells of the largest batch, "" elsewhere, if the
#                      method is told them; NULL otherwise
#   root               logical, one per cell: is it of the first stage? NULL if it is not told
# `matrices` says which matrices to read: a large one that is not needed costs memory.
read_input <- function(params, matrices = c("X", "counts")) {
  file <- params$input
  cells <- .names(file, "obs")
  genes <- .names(file, "var")
  data <- list(
    cells = cells,
    genes = genes,
    highly_variable = .logical(file, "var/highly_variable"),
    unit = as.character(rhdf5::h5read(file, "uns/unit")),
    scale = as.character(rhdf5::h5read(file, "uns/scale"))
  )
  for (name in c("batch", "labels_of_one_batch")) {
    if (!is.null(params[[name]])) data[[name]] <- .column(file, params[[name]])
  }
  if (!is.null(params[["root"]])) data$root <- .logical(file, paste0("obs/", params$root))
  for (name in matrices) {
    group <- if (name == "X") "X" else paste0("layers/", name)
    data[[name]] <- .matrix(file, group, genes, cells)
  }
  data
}

# Write embedding.h5. `embedding` is a matrix, cells x dimensions; `cells` names its rows.
write_embedding <- function(params, embedding, cells) {
  embedding <- unname(as.matrix(embedding))
  if (!is.numeric(embedding) || ncol(embedding) == 0) {
    stop("the embedding has to be a numeric matrix, cells x dimensions", call. = FALSE)
  }
  if (nrow(embedding) != length(cells)) {
    stop(sprintf("the embedding has %d rows for %d cells", nrow(embedding), length(cells)),
      call. = FALSE
    )
  }
  .once(cells)
  .finite("embedding", rowSums(!is.finite(embedding)) == 0, cells)
  .write(file.path(params$output, "embedding.h5"), function(path) {
    rhdf5::h5createFile(path)
    # HDF5 lists the dimensions of R's matrices backwards: cells x dimensions is written transposed
    rhdf5::h5createDataset(path, "X",
      dims = rev(dim(embedding)), H5type = "H5T_IEEE_F32LE", chunk = NULL, level = 0
    )
    rhdf5::h5write(t(embedding), path, "X")
    rhdf5::h5createDataset(path, "cells",
      dims = length(cells), storage.mode = "character", size = NULL, encoding = "UTF-8",
      chunk = NULL, level = 0
    )
    rhdf5::h5write(enc2utf8(as.character(cells)), path, "cells")
    rhdf5::h5closeAll()
  })
}

# Write one track of clusters.tsv; the other track, if it is there, stays. `track` is "given_k" if
# the method used the true number of clusters, "estimated_k" if it chose.
write_clusters <- function(params, labels, cells, track) {
  labels <- as.character(labels)
  if (!track %in% c("given_k", "estimated_k")) {
    stop(sprintf("track is '%s', it has to be given_k or estimated_k", track), call. = FALSE)
  }
  if (length(labels) != length(cells)) {
    stop(sprintf("there are %d labels for %d cells", length(labels), length(cells)), call. = FALSE)
  }
  .once(cells)
  bad <- which(is.na(labels) | labels %in% c("", "nan", "NaN", "NA", "None"))
  if (length(bad)) stop(sprintf("the cell %s has no cluster", cells[bad[1]]), call. = FALSE)
  if (any(grepl("[\t\r\n]", labels))) stop("a cluster holds a tab or a line end", call. = FALSE)
  path <- file.path(params$output, "clusters.tsv")
  table <- data.frame(cell = cells, cluster = labels, track = track)
  if (file.exists(path)) {
    old <- utils::read.delim(path,
      colClasses = "character", quote = "", comment.char = "", na.strings = NULL,
      encoding = "UTF-8"
    )
    table <- rbind(old[old$track != track, ], table)
  }
  .write(path, function(temporary) .tsv(table, temporary))
}

# Write pseudotime.tsv: one finite number per cell; only the order counts.
write_pseudotime <- function(params, pseudotime, cells) {
  if (!is.numeric(pseudotime) || length(pseudotime) != length(cells)) {
    stop("pseudotime has to be one number per cell", call. = FALSE)
  }
  .once(cells)
  .finite("pseudotime", is.finite(pseudotime), cells)
  table <- data.frame(cell = cells, pseudotime = format(pseudotime, digits = 17, trim = TRUE))
  .write(file.path(params$output, "pseudotime.tsv"), function(path) .tsv(table, path))
}

.params_file <- function() {
  arguments <- commandArgs(trailingOnly = TRUE)
  normalizePath(Sys.getenv("CONTRACT_PARAMS", arguments[[length(arguments)]]))
}

.leave <- function(status, reason) {
  writeLines(reason, file.path(dirname(.params_file()), "reason.txt"))
  message(reason)
  # launch.R catches this, to write down the versions; without it R simply quits
  condition <- list(message = reason, call = NULL, status = status)
  signalCondition(structure(condition, class = c("contract_exit", "condition")))
  quit(save = "no", status = status)
}

.names <- function(file, group) {
  index <- rhdf5::h5readAttributes(file, group)[["_index"]]
  as.vector(rhdf5::h5read(file, paste0(group, "/", index)))
}

# HDF5 keeps logical values as an enumeration, which arrives as a factor
.logical <- function(file, name) as.vector(as.character(rhdf5::h5read(file, name)) == "TRUE")

.column <- function(file, name) {
  column <- rhdf5::h5read(file, paste0("obs/", name))
  if (is.list(column)) column <- column$categories[column$codes + 1L] # categorical
  as.character(column)
}

# The CSR arrays of cells x genes are the CSC arrays of genes x cells: nothing is transposed.
.matrix <- function(file, group, genes, cells) {
  read <- function(name) {
    as.vector(rhdf5::h5read(file, paste0(group, "/", name), bit64conversion = "double"))
  }
  pointers <- read("indptr")
  if (pointers[[length(pointers)]] > .Machine$integer.max) {
    not_applicable("R's sparse matrices hold at most 2^31 - 1 values; this dataset has more")
  }
  Matrix::sparseMatrix(
    i = as.integer(read("indices")), p = as.integer(pointers), x = read("data"), index1 = FALSE,
    dims = c(length(genes), length(cells)), dimnames = list(genes, cells)
  )
}

.once <- function(cells) {
  twice <- cells[duplicated(cells)]
  if (length(twice)) stop(sprintf("the cell %s occurs more than once", twice[1]), call. = FALSE)
}

.finite <- function(what, good, cells) {
  bad <- cells[!good]
  if (length(bad)) {
    stop(sprintf(
      "the %s has NA, NaN or infinite values for %d cells, first %s", what, length(bad), bad[1]
    ), call. = FALSE)
  }
}

.tsv <- function(table, path) {
  connection <- file(path, "w", encoding = "UTF-8")
  on.exit(close(connection))
  utils::write.table(table, connection, sep = "\t", quote = FALSE, row.names = FALSE)
}

# Write a file under another name first: it is there whole or not at all.
.write <- function(path, fill) {
  temporary <- paste0(path, ".tmp")
  unlink(temporary)
  on.exit(unlink(temporary))
  fill(temporary)
  if (!file.rename(temporary, path)) stop("cannot write ", path, call. = FALSE)
}

need("rhdf5", "Matrix", "jsonlite")
