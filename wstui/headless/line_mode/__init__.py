"""The command language line by line: what `wstui repl` is made of."""
