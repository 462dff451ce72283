"""What people see: a step's record, tables of records, progress. Nothing here decides anything."""
