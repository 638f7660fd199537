"""One source of a dataset in words, for the page of the datasets."""

from clear.benchmark.data.alternatives import of_source


def source(card: dict, name: str) -> str:
    """Return the files of a source, how they are read, what is made of the labels, and notes."""
    part = of_source(card, name)
    words = [", ".join(_file(file) for file in part["files"])]
    if options := part.get("reader_options"):
        words += [f"reader {part['reader']} ({_options(options)})"]
    else:
        words += [f"reader {part['reader']}"]
    words += [f"label `{part['label']}`" if part["label"] else "no label"]
    words += _rule(part.get("label_rule") or {})
    words += [counts(part["expected"])] if part.get("expected") else []
    notes = part.get("notes", "").strip() if name != "main" else ""
    return "; ".join(words) + "." + (f" {notes}" if notes else "")


def _file(file: dict) -> str:
    name = f"[{file['name']}]({file['urls'][0]})" if file["urls"] else f"`{file['name']}`"
    known = [f"{file['size']:,} bytes"] if "size" in file else []
    known += ["sha256 known"] if "sha256" in file else []
    return f"{name} ({', '.join(known)})" if known else name


def _options(options: dict) -> str:
    shown = {key: "…" if key == "pattern" else value for key, value in options.items()}
    return ", ".join(f"{key}: {_value(value)}" for key, value in shown.items())


def _value(value) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value))
    return {"\t": "tab", " ": "space", True: "yes"}.get(value, str(value))


def _rule(rule: dict) -> list[str]:
    words = []
    if drop := rule.get("drop"):
        words += [f"dropped: {', '.join(label or 'cells without a label' for label in drop)}"]
    if merge := rule.get("merge"):
        merged = (f"{' + '.join(olds)} as {new}" for new, olds in merge.items())
        words += [f"merged: {', '.join(merged)}"]
    reason = rule.get("reason", "").strip().rstrip(".")
    return [*words[:-1], f"{words[-1]} ({reason})"] if words and reason else words


def counts(expected: dict) -> str:
    """Return numbers of cells, genes and types in words, as far as they are stated."""
    keys = ("cells", "genes", "types")
    return ", ".join(f"{expected[key]:,} {key}" for key in keys if key in expected)
