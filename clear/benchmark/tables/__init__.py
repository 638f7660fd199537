"""The supplement's tables, one module each: TSV and HTML, made from the tables of a run."""
