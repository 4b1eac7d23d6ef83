"""Spreadsheets as rows of cells, read as streams: CSV in any encoding, XLSX without its macros; what is odd about a file is told in words."""
