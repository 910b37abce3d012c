"""Workbooks (xlsx): rows as a plain sheet, and reports as sheets whose formulas live."""
