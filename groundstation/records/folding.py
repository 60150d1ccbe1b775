"""Texts as a search compares them: case and ё/е do not count."""


def folded(*texts: str | None) -> str:
    """All of them in one line, ready to be looked through."""
    return " ".join(" ".join(text.split()) for text in texts if text).casefold().replace("ё", "е")
