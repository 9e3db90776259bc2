"""Staff pages of the office: tables, forms, import and print, one module per page."""
