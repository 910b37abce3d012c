"""What a web page is made of beside its tables: pictures as SVG, a template, its style and its script.

A picture is made of one section of a report and stands above the table with the same figures. Widths are shares of the
page, heights and texts are pixels: so a picture is as wide as a telephone or a desk, and its words stay readable.
"""
