"""Training on boxes that are partly wrong: out-of-fold models, correction, weighted boxes."""
