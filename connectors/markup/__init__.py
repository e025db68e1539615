"""
Formatted text between HTML and Markdown: what the connectors of systems that speak HTML share. Pure.

`spans` is a line of text with its marks, `inline` writes it as Markdown, `sections` writes blocks.
"""
