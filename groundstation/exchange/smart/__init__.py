"""SMART's files: patrol XML 1.0 to 1.3, data model XML 1.0 and 1.1, ZIP with attachments.

There is no schema of the format to be had; what is written here follows SMART's own converters
and real exports, element by element (`docs/exchange.md`). Namespaces are told by their last
words, `xml/1.3/patrol`, so that a prefix or a newer minor version is no obstacle.
"""
