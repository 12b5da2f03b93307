"""The pictures, and the program that makes them."""
