"""Pages of pix2code's web set: `.gui` codes with their screenshots, and codes without one, which are drawn."""
