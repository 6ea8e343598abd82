"""Sources: the catalogue of published datasets, their downloads, and loading them.

Tables: `dataset_fetches`, `dataset_loads`, `dataset_findings`. Entry points: `catalogue.catalogue`,
`files.find_file`, `load.load_datasets`, `commands`.
"""
