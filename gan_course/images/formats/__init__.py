"""Look at the structure of a file before a decoder does: one module per format.

Each module has `check(content) -> Checked`. It walks through the file once, decodes
nothing, and refuses what a decoder would fill up silently, read for minutes, or give
gigabytes to.
"""
