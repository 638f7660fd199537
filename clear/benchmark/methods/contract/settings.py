"""The settings of a run, which remember what was read of them."""

import difflib
import sys

_MADE = []
_ONE = ("__getitem__", "__contains__", "get", "pop", "setdefault")
_ALL = ["__iter__", "keys", "items", "values", "copy"]
if sys.version_info >= (3, 9):
    _ALL.append("__or__")


class MissingSetting(KeyError):
    """A script asked for a setting that its card does not have."""

    def __str__(self):
        """Return the sentence as it is: a KeyError shows its argument in quotation marks."""
        return self.args[0]


class Settings(dict):
    """A dict that remembers which of its values were asked for.

    Attributes
    ----------
    unread : set of str
        Settings of the card that nobody has asked for; who goes through all has asked for all.
    """

    def __init__(self, method, values, card):
        super().__init__(values)
        self._method = method
        self.unread = set(card)
        _MADE.append(self)

    def __missing__(self, key):
        """Say which settings there are."""
        hint = "; name it in the card, or give read_params a default"
        raise MissingSetting(unknown_setting(self._method, key, dict.keys(self)) + hint)


def _remembering(name, unread):
    own = getattr(dict, name)

    def method(self, *arguments):
        unread(self, *arguments)
        return own(self, *arguments)

    method.__name__ = name
    return method


for _name in _ONE:
    setattr(Settings, _name, _remembering(_name, lambda self, key, *_: self.unread.discard(key)))
for _name in _ALL:
    setattr(Settings, _name, _remembering(_name, lambda self, *_: self.unread.clear()))


def unread():
    """Return the names of the card's settings that the script did not ask for, sorted."""
    return sorted(set.intersection(*[made.unread for made in _MADE])) if _MADE else []


def unknown_setting(method, key, known):
    """Return the sentence about a setting that a method does not have."""
    near = difflib.get_close_matches(str(key), known, n=1)
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    known = ", ".join(sorted(known)) or "none"
    return f"the method {method} has no setting {key!r}{hint}; it knows: {known}"
