"""Commands of the command language, done on a pool, with what is answered to them."""
