"""How data enters: one file per format, each parse -> check -> apply; `ingest.load` runs them over files."""
