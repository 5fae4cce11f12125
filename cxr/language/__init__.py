"""The languages of the pages: which one a person reads, and the catalogues of texts."""
