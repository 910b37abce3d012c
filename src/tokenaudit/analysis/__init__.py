"""One file a question. Pure: no input, no output, no clock; cells and prices in, sections and caveats out."""
