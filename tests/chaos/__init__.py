"""The chaos run: four sides, several workers, a database that dies, everything that goes wrong; then calm."""
