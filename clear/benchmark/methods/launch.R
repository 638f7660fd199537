# Start one method script of R and report what it ran with.
#
#   Rscript --vanilla clear/benchmark/methods/launch.R SCRIPT PARAMS_JSON
#
# The script runs in the folder of PARAMS_JSON, so that stray files of a package land there. Beside
# PARAMS_JSON this leaves versions.json: the version of R and of the packages that were loaded. Exit
# codes 98 and 99 are explained in reason.txt. Base R only.

options(warn = 1)
local({
  arguments <- commandArgs(trailingOnly = TRUE)
  if (length(arguments) != 2) stop("usage: launch.R SCRIPT PARAMS_JSON")
  here <- sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)[1])
  script <- normalizePath(arguments[[1]])
  folder <- dirname(normalizePath(arguments[[2]]))
  contract <- file.path(folder, "contract.R") # a run has a copy of its own
  if (!file.exists(contract)) contract <- file.path(dirname(normalizePath(here)), "contract.R")
  Sys.setenv(
    CONTRACT_R = contract,
    METHOD_FOLDER = dirname(script), # for files that lie beside the script
    CONTRACT_PARAMS = normalizePath(arguments[[2]])
  )
  setwd(folder)

  status <- tryCatch(
    {
      sys.source(script, envir = globalenv())
      0L
    },
    contract_exit = function(end) end$status,
    packageNotFoundError = function(error) {
      message("Error: ", conditionMessage(error))
      reason <- sprintf("the R package '%s' is not installed", error$package)
      writeLines(reason, file.path(folder, "reason.txt"))
      98L
    },
    error = function(error) {
      call <- conditionCall(error)
      # at the top level of the script the call is that of sys.source
      nowhere <- is.null(call) || identical(call[[1]], quote(eval))
      where <- if (nowhere) "Error: " else paste0("Error in ", deparse(call)[[1]], " : ")
      message(where, conditionMessage(error))
      1L
    }
  )

  loaded <- sort(loadedNamespaces())
  is_base <- vapply(loaded, function(package) {
    identical(utils::packageDescription(package)$Priority, "base")
  }, logical(1))
  loaded <- loaded[!is_base]
  versions <- vapply(loaded, function(package) as.character(getNamespaceVersion(package)), "")
  writeLines(sprintf(
    '{"R": "%s", "device": "cpu", "versions": {%s}}', getRversion(),
    paste(sprintf('"%s": "%s"', loaded, versions), collapse = ", ")
  ), file.path(folder, "versions.json"))
  quit(save = "no", status = status)
})
