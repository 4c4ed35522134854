"""The life of the stream: live or not, since when, watched by how many."""
