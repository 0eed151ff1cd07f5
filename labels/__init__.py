"""Label store, formats, box quality and review: nothing is here yet."""
