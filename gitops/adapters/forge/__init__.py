"""Forges: where pull requests are, how they are asked, and what stands in them."""
