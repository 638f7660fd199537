"""The reference pages, made from cards, schemas and registries."""
