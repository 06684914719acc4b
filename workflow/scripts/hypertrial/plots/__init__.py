"""Pictures of a study, each written as SVG and PNG; the same files in give the same bytes out."""
