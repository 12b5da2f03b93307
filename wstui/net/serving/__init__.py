"""Listening: sockets, the opening handshake from the server's side, and what answers clients."""
