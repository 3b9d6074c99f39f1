"""Never imported: its manifest already says that it can not run."""
