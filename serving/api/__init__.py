"""The HTTP service: FastAPI application, its routes, and what stands in front of them."""
