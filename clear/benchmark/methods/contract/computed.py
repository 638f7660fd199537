"""What a method says of how it computed, for the record of its run."""

#: The launcher puts these into the record.
FACTS = {}


def computed_by(**facts):
    """Put into the record what only the method knows: precision, code that it chose, and why.

    Parameters
    ----------
    facts
        Stand in the record as text.
    """
    FACTS.update({name: str(fact) for name, fact in facts.items()})
