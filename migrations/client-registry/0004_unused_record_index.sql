-- no-transaction
-- Nobody looks for a record by its source's id without the source, and every record pays for the index.
drop index concurrently if exists source_records_external_only;
