"""Data, training, export and evaluation; may import torch, and nothing outside imports it."""
