"""Charts: pure functions from traces to rows of text. A chart is one file; Textual is not needed here."""
