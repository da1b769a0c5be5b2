"""Proves that a stack serves what it declares: what `verify` judges by, and what a pod runs.

In a pod it runs as `python -m proof`, next to `fetch`. Standard library only, and of the other
rooms only `fetch`: the pods have nothing else.
"""
