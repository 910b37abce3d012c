"""Where rates come from: the book that is shipped, and the user's own. Rates go in and out; nothing is priced here."""
