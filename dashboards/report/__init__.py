"""The report of an investigation, as a document (PDF) and as a workbook (XLSX): the same records give the same bytes."""
