"""Reports of the common database: the quarter, a raid, a winter count, a donor's summary.

One way for each of them: what the store and `groundstation.patrol` say is gathered into a frozen
dataclass of figures, those fill a Jinja2 template, and the same HTML is shown inside the page,
printed as a page, and laid out as a PDF.
"""
