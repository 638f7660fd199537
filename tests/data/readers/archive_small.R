# Makes frames_small.rda, list_small_A.rds and list_small_B.rds: the 4 cells x 3 genes of
# ../archive_files.py. Run as: Rscript archive_small.R (needs only Matrix).
library(Matrix)
genes <- c("G1", "G2", "G3")
cells <- c("c1", "c2", "c3", "c4")
counts <- matrix(c(5, 0, 2,  0, 1, 0,  3, 0, 0,  0, 0, 7), 3, dimnames = list(NULL, cells))

# Genes are named in a column, and the frame of the cells has them in another order.
expression <- data.frame(gene = genes, counts)
about <- data.frame(kind = factor(c("NK", "T", "B", "B")), row.names = cells[c(3, 1, 4, 2)])
save(expression, about, file = "frames_small.rda", version = 2)

# Per sample a list of sparse matrices; each sample has a gene that the other has not.
sparse <- function(columns, rows) {
  Matrix(counts[rows, columns], sparse = TRUE,
         dimnames = list(genes[rows], c("AAAC", "AAAG")))
}
saveRDS(list(exon = sparse(1:2, 1:3), intron = sparse(1:2, 1:3) * 9), "list_small_A.rds", version = 2)
saveRDS(list(exon = sparse(3:4, c(3, 1)), intron = sparse(3:4, c(3, 1)) * 9), "list_small_B.rds",
        version = 2)
