"""The ledger: of which kind every value is, and the page that explains it."""
