"""The paper's sentences as tests: what each says, by what rule it is judged, and the verdict."""
