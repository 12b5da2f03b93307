"""What may be written behind `wstui`: the parsers of its command lines, and their help.

Options come from the tables of the core. What shall happen then is the matter of `cli`.
"""
