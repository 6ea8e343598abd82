"""Publishers: asks them for their files, whole or not at all, and reads those files' own layouts.

Entry points: `arcgis.download_layer`, `plain_files.download_file`, `layers.read_fetched_layer`,
`code_point_open.read_code_point_open`.
"""
