"""A classifier of handwritten digits: trained, tracked, and compared; predict/ serves it."""
