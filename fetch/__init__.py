"""Brings model weights onto a volume: what runs in pods, as `python -m fetch`.

Standard library only, and no other room: the pods have nothing else.
"""
