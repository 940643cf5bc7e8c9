"""Colors of figures and pages."""

INK, FAINT, LINE = "#333333", "#c8c8c8", "#1f5fa8"
COLORS = (
    "#1f5fa8",
    "#c0392b",
    "#2e8b57",
    "#b8860b",
    "#7d3c98",
    "#008b8b",
    "#d2691e",
    "#5d6d7e",
    "#c2185b",
    "#556b2f",
)
DARK_COLORS = (  # the same hues, light enough for a dark page
    "#6aa5e8",
    "#ef7b6d",
    "#63c08e",
    "#dcae3a",
    "#bb8fe2",
    "#43bdbd",
    "#f0975a",
    "#a3b1bf",
    "#ee6f9f",
    "#a9bf62",
)
